"""Logs that contradict the checkpoint are reported, to the instructor alone; chance is not."""

from __future__ import annotations

import pytest

from autograder.gradebook.pages import student_page
from autograder.gradebook.report import class_page
from autograder.grading.claims import remarks
from autograder.grading.result import ClassResults, SubmissionResult
from autograder.intake.logs import LoggedRun
from autograder.kit.accuracy import Measured


def run(best: float, tested: float | None = None, parameters: int | None = 100) -> LoggedRun:
    return LoggedRun("logs/exp1", "acc", 5, best, tested, parameters)


def measured(accuracy: float, count: int = 2000) -> Measured:
    return Measured(accuracy, 0.5, "", count, parameters=100)


@pytest.mark.parametrize(
    ("claims", "reached"),
    [
        ([run(0.90)], 0.90),
        ([run(0.90)], 0.87),  # 2,000 images: chance alone is worth more than 2 %
        ([run(0.90, tested=0.85)], 0.84),  # the claim about other images counts
        ([run(0.95, parameters=7), run(0.70)], 0.70),  # another model's log
        ([run(0.60)], 0.90),  # better than claimed is no contradiction
        ([], 0.5),
    ],
)
def test_what_agrees_is_not_reported(claims: list[LoggedRun], reached: float) -> None:
    assert remarks(claims, measured(reached)) == []


def test_a_claim_that_chance_does_not_explain() -> None:
    (said,) = remarks([run(0.91)], measured(0.85))
    assert "logs/exp1 claim an accuracy of 91.00%" in said and "reaches 85.00% on 2,000" in said


def test_fewer_images_leave_more_room() -> None:
    assert remarks([run(0.91)], measured(0.85, count=100)) == []


def test_logs_of_another_model() -> None:
    (said,) = remarks([run(0.9, parameters=77)], measured(0.9))
    assert "100 parameters; the logs are of models with 77" in said


def test_oddities_within_logs_are_reported_without_a_checkpoint() -> None:
    odd = run(0.9)
    odd.oddities.append("the epochs are not numbered 1, 2, 3 and so on")
    assert remarks([odd], None) == [
        "The logs in logs/exp1: the epochs are not numbered 1, 2, 3 and so on."
    ]


def test_the_instructor_reads_it_and_the_student_does_not() -> None:
    one = SubmissionResult(student="s1", score=0, max_score=1, checks=[], remarks=["<b>Look</b>"])
    results = ClassResults(assignment="a", seed=0, confinement=[], submissions=[one])
    assert "&lt;b&gt;Look" in class_page(results, "A")
    assert "Look" not in student_page(one, "A")
