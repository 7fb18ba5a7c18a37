"""Extra credit comes on top: a complete a4 without it is 14 of 14, with it 16 of 14."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.course import ROOT, find_assignment
from autograder.frontends.nbgrader_cells import _given_cells
from autograder.grading.grader import Grader
from autograder.grading.settings import Settings
from autograder.intake.submission import read_submission
from autograder.kit.check import load_checks

A3, A4 = "a3_attention_and_sentiment", "a4_vit_from_scratch"
EXTRA_FILE = "einsum_attention_solution.py"  # of a4


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout


@pytest.fixture(scope="module")
def a_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two complete submissions of a4: one with the extra file, one without it."""
    folder = tmp_path_factory.mktemp("class")
    for student in ("with_extra", "without"):
        shutil.copytree(find_assignment(A4).reference, folder / student)
    (folder / "without" / EXTRA_FILE).unlink()
    return folder


@pytest.fixture(scope="module")
def graded(a_class: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that the command line wrote, and what it printed."""
    out = tmp_path_factory.mktemp("out")
    said = run("autograder", "grade", A4, a_class, "--out", out, "--jobs", "1", COLUMNS="120")
    return out, said


def test_results_keep_the_maximum_apart_from_extra_credit(graded: tuple[Path, str]) -> None:
    results = json.loads((graded[0] / "results.json").read_text())["submissions"]
    found = {one["student"]: (one["score"], one["max_score"]) for one in results}
    assert found == {"with_extra": (16, 14), "without": (14, 14)}


def test_tables_and_pages_say_14_and_not_16(graded: tuple[Path, str]) -> None:
    out, said = graded
    with (out / "results.csv").open(newline="", encoding="utf-8") as file:
        assert {float(row["max_score"]) for row in csv.DictReader(file)} == {14}
    page = (out / "feedback" / "with_extra.html").read_text("utf-8")
    assert "16 of 14 points" in " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "of 16" not in page + said


def test_pytest_says_16_of_14(a_class: Path) -> None:
    chosen = ("pytest", "autograder", "-p", "no:cacheprovider", "--assignment", A4, "--submission")
    assert "Score: 16 of 14 points" in run(*chosen, a_class / "with_extra")
    assert "Score: 14 of 14 points" in run(*chosen, a_class / "without")


def test_gradescope_adds_nothing_to_the_maximum(a_class: Path, tmp_path: Path) -> None:
    """Gradescope adds up max_score over the tests; a score above the maximum is extra credit."""
    for student, score in (("with_extra", 16), ("without", 14)):
        base = tmp_path / student
        shutil.copytree(a_class / student, base / "submission")
        (base / "source").mkdir()
        run("autograder.frontends.gradescope_run", A4, base)
        tests = json.loads((base / "results" / "results.json").read_text())["tests"]
        assert sum(test["score"] for test in tests) == score
        assert sum(test["max_score"] for test in tests) == 14


@pytest.mark.parametrize(("assignment", "most", "extra"), [(A3, 12.5, 1), (A4, 14, 2)])
def test_nbgraders_cells_of_extra_credit_are_marked(
    assignment: str, most: float, extra: float
) -> None:
    """nbgrader's maximum is that of all cells: what is extra must be a cell of its own."""
    asked = [check.question for check in load_checks(assignment).values()]
    numbers = {question.number for question in asked if question.extra_credit}
    given: list[Any] = _given_cells(find_assignment(assignment))
    cells = [cell for cell in given if cell.cell_type == "code"]
    graded = [cell for cell in cells if cell.metadata.nbgrader.get("grade")]
    on_top = [cell for cell in graded if any(f'"{number}"' in cell.source for number in numbers)]
    total = sum(cell.metadata.nbgrader.points for cell in graded)
    assert sum(cell.metadata.nbgrader.points for cell in on_top) == extra
    assert total - extra == most


def test_a3_is_complete_without_its_extra() -> None:
    """12.5 of 12.5 and 1 extra, less the trained model, which no solution folder holds."""
    with Grader.open(Settings(A3, 0)) as grader:
        result = grader.grade(
            read_submission(find_assignment(A3).reference, find_assignment(A3), grader.sandbox)
        )
    assert result.max_score == 12.5
    assert result.score == 12.5 + 1 - 0.75
