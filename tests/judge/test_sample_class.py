"""The sample class: right work in any style gets every point; a mistake costs its own only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course import find_assignment
from autograder.frontends.grade_class import Settings, open_grader, open_sandbox
from autograder.intake.submission import read_submission
from autograder.judge.misconception import load_misconceptions
from autograder.judge.result import SubmissionResult
from tests.submissions.pour import HERE, pour

A2 = "a2_lstm_and_vit"


def names(kind: str) -> list[str]:
    return sorted(p.name for p in (HERE / A2 / kind).iterdir() if p.is_dir())


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SubmissionResult]]:
    """The whole class, graded by one warm sandbox."""
    settings, assignment = Settings(A2), find_assignment(A2)
    with open_sandbox(settings) as sandbox:
        grader = open_grader(settings, sandbox)
        graded = [
            grader.grade(read_submission(path, assignment))
            for path in pour(A2, tmp_path_factory.mktemp("class"))
        ]
    yield {result.student: result for result in graded}


@pytest.mark.parametrize("name", names("correct"))
def test_right_work_gets_all_points(name: str, results: dict[str, SubmissionResult]) -> None:
    result = results[f"correct_{name}"]
    assert [(c.id, c.message) for c in result.checks if c.status != "passed"] == []
    assert result.score == result.max_score == 37


def test_the_blank_template_gets_none(results: dict[str, SubmissionResult]) -> None:
    blank = results["blank_template"]
    assert blank.score == 0
    assert {check.status for check in blank.checks} == {"missing"}


@pytest.mark.parametrize("name", names("mistaken"))
def test_a_mistake_costs_points_of_its_own_function_and_of_no_other(
    name: str, results: dict[str, SubmissionResult]
) -> None:
    told = results[f"mistaken_{name}"].checks
    assert {check.target for check in told if check.status != "passed"} == loses(name)
    for check in told:
        assert check.points == (check.max_points if check.status == "passed" else 0)


@pytest.mark.parametrize("name", sorted(set(names("mistaken")) & load_misconceptions(A2).keys()))
def test_a_known_mistake_is_told_by_its_name_and_no_other(
    name: str, results: dict[str, SubmissionResult]
) -> None:
    checks = results[f"mistaken_{name}"].checks
    assert {check.misconception for check in checks if check.misconception} == {name}
    assert all(check.hint for check in checks if check.misconception)


def test_a_forbidden_call_is_named_with_its_line(results: dict[str, SubmissionResult]) -> None:
    (check,) = [
        c for c in results["mistaken_ready_made_layer_norm"].checks if c.id == "layer_norm.values"
    ]
    assert check.status == "forbidden"
    assert "layer_norm" in check.message and "vit_solution.py, line" in check.message
    assert "return F.layer_norm(" in check.message


def test_points_are_those_of_the_hand_out(results: dict[str, SubmissionResult]) -> None:
    points: dict[str, float] = {}
    for check in results["blank_template"].checks:
        points[check.question] = points.get(check.question, 0) + check.max_points
    assert points == {"1.1": 5, "1.2": 4, "2.1": 5, "2.2": 4, "2.3": 8, "2.4": 2, "2.5": 3,
                      "2.6": 2, "2.7": 1, "2.8": 2, "2.9": 1}  # fmt: skip


def loses(name: str) -> set[str]:
    """The targets on the line `loses: ...` of a mistaken submission."""
    found: set[str] = set()
    for path in Path(HERE / A2 / "mistaken" / name).glob("*.py"):
        text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        lines = [line for line in text.splitlines() if line.startswith("loses:")]
        found |= {target.strip() for target in lines[0].removeprefix("loses:").split(",")}
    return found
