"""python -m lab.submission: what belongs into the archive, and what is missing from it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from lab import submission

import pytest

from autograder.course import find_assignment
from autograder.grading.grader import sandbox_of
from autograder.grading.settings import Settings
from autograder.intake.submission import read_submission

A2 = "a2_lstm_and_vit"
REFERENCE = find_assignment(A2).reference


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder of a2 with everything done, and some files that nobody wants."""
    for name in ("main.ipynb", "run_exp_vit.py", "run_lstm.py"):
        (tmp_path / name).write_bytes((REFERENCE / name).read_bytes())
    for part in ("vit", "lstm"):
        text = (REFERENCE / f"{part}_solution.py").read_text("utf-8")
        (tmp_path / f"{part}_solution_template.py").write_text(text, "utf-8")
    for number, accuracy in ((1, 0.4), (2, 0.6), (3, 0.5)):
        add_run(tmp_path / "logs" / "vit" / f"exp{number}", accuracy)
    add_run(tmp_path / "logs" / "smoke" / "vit" / "exp1", 0.99)
    for name in ("data/train.npz", "notes.txt", "logs/report/report.html", "handout.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add_run(run: Path, accuracy: float) -> None:
    run.mkdir(parents=True)
    (run / "result.json").write_text(json.dumps({"valid_acc": accuracy}))
    for name in ("log.jsonl", "valid_acc.txt", "best.pt", "checkpoint.pt", "vit.safetensors"):
        (run / name).write_text(f"{name} of {run.name}, {accuracy}")


def archive(capsys: Any) -> tuple[dict[str, bytes], str]:
    assert submission.main([]) == ""
    with zipfile.ZipFile("submission.zip") as stored:
        return {name: stored.read(name) for name in stored.namelist()}, capsys.readouterr().out


def test_the_archive_holds_what_is_graded_and_nothing_else(folder: Path, capsys: Any) -> None:
    files, printed = archive(capsys)
    logs = {f"logs/vit/exp{number}/{name}" for number in (1, 2, 3)
            for name in ("log.jsonl", "valid_acc.txt", "result.json")}  # fmt: skip
    assert set(files) - logs == {
        "main.ipynb", "vit_solution_template.py", "lstm_solution_template.py", "vit.safetensors",
    }  # fmt: skip
    assert logs <= set(files)
    assert files["vit.safetensors"] == b"vit.safetensors of exp2, 0.6"  # the best run's
    assert "Missing" not in printed and "Submit this file" in printed


def test_the_grader_takes_the_archive(folder: Path, capsys: Any) -> None:
    archive(capsys)
    with sandbox_of(Settings(A2, seed=0)) as sandbox:
        found = read_submission(folder / "submission.zip", find_assignment(A2), sandbox, "student")
    assert found.attachment == b"vit.safetensors of exp2, 0.6" and not found.problems


def test_a_model_beside_the_notebook_comes_first(folder: Path, capsys: Any) -> None:
    (folder / "vit.safetensors").write_text("mine")
    assert archive(capsys)[0]["vit.safetensors"] == b"mine"


def test_a_solution_file_comes_before_its_template(folder: Path, capsys: Any) -> None:
    (folder / "vit_solution.py").write_text("x = 1\n")
    files, _ = archive(capsys)
    assert files["vit_solution.py"] == b"x = 1\n" and "vit_solution_template.py" not in files


def test_what_is_missing_is_listed(folder: Path, capsys: Any) -> None:
    (folder / "main.ipynb").unlink()
    (folder / "logs").rename(folder / "old")
    template = folder / "lstm_solution_template.py"
    template.write_text('def f():\n    raise NotImplementedError("TODO 1.1")\n')
    _, printed = archive(capsys)
    assert [line for line in printed.splitlines() if line.startswith("Missing: ")] == [
        "Missing: lstm_solution_template.py still has parts to do.",
        "Missing: there is no main.ipynb.",
        "Missing: there are no records of training runs in logs/ (smoke runs do not count).",
        "Missing: there is no trained model, vit.safetensors.",
    ]


def test_elsewhere_a_sentence_says_where_to_run_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "is not the folder of an assignment" in submission.main([])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("assignment", "name"),
    [
        ("a1_sequence_modeling", "gru_image_classifier.safetensors"),
        ("a2_lstm_and_vit", "vit.safetensors"),
        ("a3_attention_and_sentiment", "fashion_vit.safetensors"),
        ("a4_vit_from_scratch", "vit.safetensors"),
    ],
)
def test_the_wanted_model_is_the_one_that_the_code_writes(assignment: str, name: str) -> None:
    assert submission.wanted_model(find_assignment(assignment).reference) == name
