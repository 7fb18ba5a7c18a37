"""Training work from end to end: a runner's logs and weights are submitted, measured, compared."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import ROOT, find_assignment
from autograder.grading.grader import Grader
from autograder.grading.result import SubmissionResult
from autograder.grading.settings import Settings
from autograder.intake.submission import read_submission

A2 = "a2_lstm_and_vit"


def python(*command: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder after a short run on made-up images, and held-out images of those."""
    folder = tmp_path_factory.mktemp("trained")
    script = ROOT / "solutions" / A2 / "run_exp_vit.py"
    python(script, "--exp", "2", "--smoke", "--epochs", "6", "--logs", folder / "student" / "logs")
    samples = python("-m", "lab.samples").partition(":")[0]
    python(ROOT / "data" / "make_held_out.py", "cifar10", "--from", samples,
           "--to", folder / "held_out")  # fmt: skip
    run = folder / "student" / "logs" / "exp2"
    shutil.copy(run / "vit.safetensors", folder / "student")
    for part in ("vit_solution.py", "lstm_solution.py"):
        shutil.copy(ROOT / "solutions" / A2 / part, folder / "student")
    return folder


def graded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SubmissionResult:
    monkeypatch.setenv("COURSE_DATA", str(folder))
    settings = Settings(A2, 0)
    with Grader.open(settings) as grader:
        submission = read_submission(folder / "student", find_assignment(A2), grader.sandbox)
        return grader.grade(submission)


def test_an_honest_run_is_measured_and_nothing_is_remarked(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = graded(trained, monkeypatch)
    check = next(check for check in result.checks if check.id == "accuracy_top1")
    logged = json.loads((trained / "student/logs/exp2/result.json").read_text("utf-8"))
    assert f"Top-1 accuracy {logged['test_acc']:.2%} on 60 held-out images." in check.message
    assert (check.status, check.max_points, result.score) == ("passed", 0, 37)
    assert result.remarks == []


def test_embellished_logs_are_reported(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("result.json", "log.jsonl"):
        path = trained / "student" / "logs" / "exp2" / name
        lines = [json.loads(path.read_text("utf-8"))] if name == "result.json" else [
            json.loads(line) for line in path.read_text("utf-8").splitlines()
        ]  # fmt: skip
        content = [{**line, "valid_acc": 1.0, "test_acc": 1.0} for line in lines]
        path.write_text("\n".join(json.dumps(line) for line in content), "utf-8")
    remarks = graded(trained, monkeypatch).remarks
    assert any("claim an accuracy of 100.00%" in remark for remark in remarks)
    assert any("valid_acc.txt holds other numbers than log.jsonl" in remark for remark in remarks)


def test_held_out_images_of_fashion_mnist(tmp_path: Path) -> None:
    samples = python("-m", "lab.samples").partition(":")[0]
    said = python(ROOT / "data" / "make_held_out.py", "fashion_mnist", "--from", samples,
                  "--to", tmp_path)  # fmt: skip
    assert "60 images of made-up sample in the form of FashionMNIST" in said
