"""`autograder grade` as an instructor runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.course import ROOT

A2 = "a2_lstm_and_vit"
REFERENCE = ROOT / "solutions" / A2


def grade(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograder", "grade", A2, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "COLUMNS": "120"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A class of a folder, a zip and an empty folder, graded with two workers."""
    home = tmp_path_factory.mktemp("class")
    hand_ins, out = home / "hand_ins", home / "out"
    shutil.copytree(REFERENCE, hand_ins / "anna")
    shutil.make_archive(str(hand_ins / "berta"), "zip", REFERENCE)
    (hand_ins / "carl").mkdir()
    done = grade(hand_ins, "--out", out, "--jobs", "2", "--seed", "5")
    assert done.returncode == 0, done.stderr
    return hand_ins, out, done.stdout


def results(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((out / "results.json").read_text())
    return {one["student"]: one for one in content["submissions"]}


def test_folders_and_zips_are_graded_alike(graded: tuple[Path, Path, str]) -> None:
    content = results(graded[1])
    assert list(content) == ["anna", "berta", "carl"]
    assert content["anna"]["score"] == content["berta"]["score"] == 37.0
    assert content["carl"]["score"] == 0.0
    assert "empty" in content["carl"]["checks"][0]["message"]


def test_it_says_where_everything_is(graded: tuple[Path, Path, str]) -> None:
    _, out, printed = graded
    for name in ("results.json", "results.csv", "report.html", "feedback"):
        assert str(out / name) in printed and (out / name).exists()
    assert "confined by" in printed and "anna" in printed and "37" in printed
    assert {path.stem for path in (out / "feedback").iterdir()} == {"anna", "berta", "carl"}


def test_unchanged_work_is_not_graded_twice_and_changed_work_is(
    graded: tuple[Path, Path, str],
) -> None:
    hand_ins, out, _ = graded
    kept = {p.name: p.stat().st_mtime_ns for p in (out / "submissions").glob("*.json")}
    text = (hand_ins / "anna" / "vit_solution.py").read_text()
    (hand_ins / "anna" / "vit_solution.py").write_text(text.replace("+ self.eps", "+ 0.1"))
    assert grade(hand_ins, "--out", out, "--seed", "5").returncode == 0
    now = {p.name: p.stat().st_mtime_ns for p in (out / "submissions").glob("*.json")}
    assert {name for name in kept if kept[name] != now[name]} == {"anna.json"}
    assert results(out)["anna"]["score"] < 37.0 == results(out)["berta"]["score"]


def test_a_single_submission_can_be_graded(tmp_path: Path) -> None:
    shutil.copytree(REFERENCE, tmp_path / "dora")
    assert grade(tmp_path / "dora", "--out", tmp_path / "out").returncode == 0
    assert results(tmp_path / "out")["dora"]["score"] == 37.0


def test_the_same_seed_gives_the_same_results_and_the_score_hangs_on_no_seed(
    tmp_path: Path,
) -> None:
    seen = []
    for name, seed in (("a", "11"), ("b", "11"), ("c", "12")):
        assert grade(REFERENCE, "--out", tmp_path / name, "--seed", seed).returncode == 0
        (only,) = results(tmp_path / name).values()
        seen.append([(c["id"], c["points"], c["message"]) for c in only["checks"]])
    assert seen[0] == seen[1] == seen[2]
