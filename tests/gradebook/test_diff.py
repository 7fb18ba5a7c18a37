"""Two gradings side by side: who gained, who lost, because of which check."""

from __future__ import annotations

from autograder.gradebook.diff import compare_results
from autograder.grading.result import SubmissionResult
from tests.gradebook.samples import a_class, check, result


def test_a_change_names_student_check_points_and_reason() -> None:
    old = a_class(result("s001", check("2.1", points=2, max_points=2), check("2.2")))
    new = a_class(
        result(
            "s001",
            check(
                "2.1",
                points=0,
                max_points=2,
                status="failed",
                message="output: 3 of 9 elements differ\n- at [0]",
            ),
            check("2.2"),
        )
    )
    comparison = compare_results(old, new)
    (change,) = comparison.changes
    assert str(change) == (
        "s001: \u22122 in 2.1 2.1.values (2 \u2192 0): passed \u2192 failed "
        "(same files, same grader); output: 3 of 9 elements differ"
    )
    assert comparison.totals() == [("s001", -2)] and comparison.unchanged == 0


def test_the_largest_loss_comes_first_and_the_unchanged_are_counted() -> None:
    def one(student: str, points: float) -> SubmissionResult:
        return result(student, check(points=points, max_points=9))

    old = a_class(*(one(s, p) for s, p in [("a", 3), ("b", 3), ("c", 3), ("d", 3)]))
    new = a_class(*(one(s, p) for s, p in [("a", 4), ("b", 1), ("c", 3), ("e", 3)]))
    comparison = compare_results(old, new)
    assert comparison.totals() == [("b", -2), ("a", 1)]
    assert comparison.unchanged == 1
    assert (comparison.joined, comparison.gone) == (["e"], ["d"])


def test_new_and_removed_checks_are_said_to_be_so() -> None:
    old = a_class(result("s", check("1", "old"), check("2", points=1)))
    new = a_class(result("s", check("1", "new"), check("2", points=2, max_points=2)))
    reasons = {change.check: change.reason for change in compare_results(old, new).changes}
    assert reasons == {
        "1.old": "the check is gone",
        "1.new": "the check is new",
        "2.values": "the check is worth 2 instead of 1",
    }
