"""The sample class: right work in any style gets every point; a mistake costs its own only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autograder.course import assignment_names, find_assignment
from autograder.grading.grader import Grader
from autograder.grading.misconceptions import load_misconceptions
from autograder.grading.result import CheckResult, SubmissionResult
from autograder.grading.settings import Settings
from autograder.intake.submission import read_submission
from autograder.kit.check import load_checks
from autograder.kit.text import plain
from tests.submissions.build import HERE, build_class

ASSIGNMENTS = [name for name in assignment_names() if (HERE / name).is_dir()]
TRAINED = {"accuracy_top1"}  # graded from a checkpoint: see test_checkpoints.py
Class = dict[str, dict[str, SubmissionResult]]


def students(kind: str) -> list[tuple[str, str]]:
    """All submissions of a kind, with their assignments."""
    return [
        (assignment, path.name)
        for assignment in ASSIGNMENTS
        for path in sorted((HERE / assignment / kind).iterdir())
        if path.is_dir() and not path.name.startswith("_")
    ]


def known(assignment: str, name: str) -> bool:
    """Whether the mistake of that submission is one that the grader can name."""
    return name in load_misconceptions(assignment, load_checks(assignment).values())


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """The whole class of each assignment, graded by one warm sandbox."""
    found: Class = {}
    for name in ASSIGNMENTS:
        settings, assignment = Settings(name, 0), find_assignment(name)
        with Grader.open(settings) as grader:
            graded = [
                grader.grade(read_submission(path, assignment, grader.sandbox))
                for path in build_class(name, tmp_path_factory.mktemp(name))
            ]
        found[name] = {result.student: result for result in graded}
    return found


@pytest.mark.parametrize(("assignment", "name"), students("correct"))
def test_right_work_gets_all_points(assignment: str, name: str, results: Class) -> None:
    checks = [c for c in results[assignment][f"correct_{name}"].checks if c.id not in TRAINED]
    assert [(c.id, c.message) for c in checks if c.status != "passed"] == []
    assert sum(c.points for c in checks) == sum(c.max_points for c in checks)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_blank_template_gets_none(assignment: str, results: Class) -> None:
    blank = results[assignment]["blank_template"]
    assert blank.score == 0
    assert {check.status for check in blank.checks} == {"missing"}


@pytest.mark.parametrize(("assignment", "name"), students("mistaken"))
def test_a_mistake_costs_points_of_its_own_function_and_of_no_other(
    assignment: str, name: str, results: Class
) -> None:
    checks = [c for c in results[assignment][f"mistaken_{name}"].checks if c.id not in TRAINED]
    assert {check.target for check in checks if check.status != "passed"} == loses(assignment, name)
    for check in checks:
        assert check.points == (check.max_points if check.status == "passed" else 0)


@pytest.mark.parametrize(
    ("assignment", "name"), [one for one in students("mistaken") if known(*one)]
)
def test_a_known_mistake_is_called_by_its_name_and_no_other(
    assignment: str, name: str, results: Class
) -> None:
    checks = results[assignment][f"mistaken_{name}"].checks
    assert {check.misconception for check in checks if check.misconception} == {name}
    assert all(check.hint for check in checks if check.misconception)


def explained(results: Class, assignment: str, student: str, check: str) -> CheckResult:
    """One check of one student."""
    return next(c for c in results[assignment][student].checks if c.id == check)


def test_a_forbidden_call_is_named_with_its_line(results: Class) -> None:
    student = "mistaken_ready_made_layer_norm"
    check = explained(results, "a2_lstm_and_vit", student, "layer_norm_values")
    assert check.status == "forbidden"
    assert "layer_norm" in check.message and "vit_solution.py, line" in check.message
    assert "return F.layer_norm(" in check.message


def test_in_a_notebook_the_cell_is_named(results: Class) -> None:
    student = "mistaken_ready_made_attention"
    check = explained(results, "a1_sequence_modeling", student, "self_attention_values")
    assert check.status == "forbidden"
    assert "main.ipynb, cell `def self_attention`, line" in plain(check.message)
    student = "mistaken_training_variable"
    check = explained(results, "a1_sequence_modeling", student, "self_attention_values")
    assert "NameError" in check.message and "config" in check.message


def loses(assignment: str, name: str) -> set[str]:
    """The targets on the line `loses: ...` of a mistaken submission."""
    found: set[str] = set()
    for path in Path(HERE / assignment / "mistaken" / name).glob("*.py"):
        text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        lines = [line for line in text.splitlines() if line.startswith("loses:")]
        found |= {target.strip() for target in lines[0].removeprefix("loses:").split(",")}
    return found
