"""The same submission gets the same points, check by check, by every way in."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import pytest

from autograder.course import ROOT
from tests.submissions.build import build_class

STUDENTS = {
    "a1_sequence_modeling": ("correct_einsum", "blank_template", "mistaken_shuffled_twice"),
    "a3_attention_and_sentiment": (
        "correct_einsum",
        "blank_template",
        "mistaken_mask_not_passed_on",
    ),
    "a4_vit_from_scratch": ("correct_unfold", "blank_template", "mistaken_no_einsum"),
    "a2_lstm_and_vit": ("correct_einsum", "blank_template", "mistaken_unbiased_variance"),
}


@pytest.fixture(scope="module", params=STUDENTS)
def assignment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def hand_ins(assignment: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of three: one right, one blank, one with a mistake."""
    everybody, chosen = tmp_path_factory.mktemp("all"), tmp_path_factory.mktemp("class")
    build_class(assignment, everybody)
    for student in STUDENTS[assignment]:
        shutil.copytree(everybody / student, chosen / student)
    return chosen


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def by_command_line(
    assignment: str, hand_ins: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("out")
    done = run(sys.executable, "-m", "autograder", "grade", assignment, hand_ins, "--out", out)
    assert done.returncode == 0, done.stderr
    results = json.loads((out / "results.json").read_text())
    return {
        submission["student"]: {check["id"]: check for check in submission["checks"]}
        for submission in results["submissions"]
    }


def test_pytest_gives_the_points_of_the_command_line(
    assignment: str, hand_ins: Path, by_command_line: dict[str, Any], tmp_path: Path
) -> None:
    report = tmp_path / "report.xml"
    for student in STUDENTS[assignment]:
        run(sys.executable, "-m", "pytest", "autograder", "--assignment", assignment,
            "--submission", hand_ins / student, f"--junitxml={report}")  # fmt: skip
        found = {}
        for case in ET.parse(report).iter("testcase"):
            check_id = re.sub(r".*-(\w+)\]$", r"\1", case.attrib["name"])
            properties = {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")}
            found[check_id] = (float(properties["points"]), properties["status"])
        content = by_command_line[student]
        assert found == {
            name: (check["points"], check["status"]) for name, check in content.items()
        }


@pytest.fixture(scope="module")
def gradescope(assignment: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked zip in the folders Gradescope makes; the virtual environment is ours."""
    base = tmp_path_factory.mktemp("gradescope")
    archive = base / "it.zip"
    done = run(sys.executable, "-m", "autograder", "gradescope", assignment, "-o", archive)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(archive) as file:
        file.extractall(base / "source")
        modes = {info.filename: info.external_attr >> 16 for info in file.infolist()}
    assert modes["setup.sh"] & 0o111 and modes["run_autograder"] & 0o111
    shutil.copy(base / "source" / "run_autograder", base / "run_autograder")
    (base / "venv").symlink_to(sys.prefix)
    return base


def grade_on_gradescope(base: Path, submission: Path) -> dict[str, Any]:
    shutil.rmtree(base / "submission", ignore_errors=True)
    shutil.copytree(submission, base / "submission")
    (base / "results" / "results.json").unlink(missing_ok=True)
    done = run("bash", base / "run_autograder", AUTOGRADER_BASE=str(base))
    assert done.returncode == 0, done.stderr
    results: dict[str, Any] = json.loads((base / "results" / "results.json").read_text())
    return results


def test_gradescope_gives_the_points_of_the_command_line(
    assignment: str, hand_ins: Path, by_command_line: dict[str, Any], gradescope: Path
) -> None:
    for student in STUDENTS[assignment]:
        results = grade_on_gradescope(gradescope, hand_ins / student)
        found = {test["tags"][0]: test["score"] for test in results["tests"]}
        content = by_command_line[student]
        assert found == {name: check["points"] for name, check in content.items()}
        counted = [check for check in content.values() if not check["extra_credit"]]
        assert_fields_of_gradescope(results, sum(check["max_points"] for check in counted))


def test_gradescope_messages_hold_no_line_of_the_reference(
    assignment: str, hand_ins: Path, gradescope: Path
) -> None:
    from autograder.release.strip import solution_lines

    text = json.dumps(grade_on_gradescope(gradescope, hand_ins / STUDENTS[assignment][-1]))
    reference = ROOT / "solutions" / assignment
    lines = {
        line for path in reference.glob("*.py") for line in solution_lines(path.read_text("utf-8"))
    }
    assert not [line for line in lines if len(line) > 25 and line in text]


_FORMATS = {"text", "html", "simple_format", "md", "ansi"}
_VISIBILITY = {"hidden", "after_due_date", "after_published", "visible"}
_TOP = {
    "score", "execution_time", "output", "output_format", "test_output_format",
    "test_name_format", "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
_TEST = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format",
    "tags", "visibility", "extra_data",
}  # fmt: skip


def assert_fields_of_gradescope(results: dict[str, Any], most: float) -> None:
    """Only fields that Gradescope knows, with values it takes."""
    assert results.keys() <= _TOP
    assert {results["output_format"], results["test_output_format"]} <= _FORMATS
    assert results["test_name_format"] in _FORMATS
    assert {results["visibility"], results["stdout_visibility"]} <= _VISIBILITY
    assert isinstance(results["execution_time"], int)
    for test in results["tests"]:
        assert test.keys() <= _TEST
        assert test["status"] in ("passed", "failed")
        assert 0 <= test["score"] <= (test["max_score"] or test["score"])  # 0: extra credit
        assert test["visibility"] in _VISIBILITY
        assert isinstance(test["number"], str) and all(isinstance(t, str) for t in test["tags"])
    assert sum(test["max_score"] for test in results["tests"]) == most


def test_results_are_complete_and_valid_from_the_first_moment(tmp_path: Path) -> None:
    """Gradescope gives zero for everything when the time is up before a file is written."""
    from autograder.frontends.gradescope_run import GradescopeResults
    from autograder.grading.result import CheckResult
    from autograder.kit.verdict import CheckInfo

    infos = [
        CheckInfo(f"c.{i}", "2.1", "vit_solution:LayerNorm.forward", 18.5, "s", "", "", ["own"])
        for i in range(2)
    ]
    results = GradescopeResults(tmp_path / "results.json", infos)
    results.say("hello")
    first = json.loads((tmp_path / "results.json").read_text())
    assert_fields_of_gradescope(first, 37)
    assert sum(test["score"] for test in first["tests"]) == 0
    results.add(
        CheckResult(id="c.0", question="2.1", target="t", points=18.5, max_points=18.5,
                    status="passed")
    )  # fmt: skip
    second = json.loads((tmp_path / "results.json").read_text())
    assert_fields_of_gradescope(second, 37)
    assert sum(test["score"] for test in second["tests"]) == 18.5
