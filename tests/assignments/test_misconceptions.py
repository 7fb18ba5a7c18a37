"""Every known mistake costs points in its own function, and is called by its own name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import pytest

from autograder.course import assignment_names
from autograder.grading.grader import Grader
from autograder.grading.misconceptions import load_misconceptions
from autograder.grading.oracle import Oracle
from autograder.grading.settings import Settings
from autograder.kit.check import load_checks
from autograder.kit.compare import Difference
from autograder.kit.diagnose import diagnose
from autograder.kit.values import Observation, Run
from autograder.kit.verdict import Attempt, CheckInfo

MISTAKES = {
    (assignment, name): mistake
    for assignment in assignment_names()
    for name, mistake in load_misconceptions(assignment, load_checks(assignment).values()).items()
}
Asked = tuple[Oracle, list[CheckInfo]]


@pytest.fixture(scope="module")
def oracles() -> Iterator[dict[str, Asked]]:
    """For each assignment an oracle, and the checks that are compared with it."""
    with ExitStack() as stack:
        found: dict[str, Asked] = {}
        for name in assignment_names():
            grader = stack.enter_context(Grader.open(Settings(name, seed=0)))
            checks = [check for check in grader.checks if not check.accuracy]
            found[name] = Oracle(grader.sandbox, grader.assignment, seed=0), checks
        yield found


def mistaken(oracle: Oracle, checks: Iterable[CheckInfo], name: str) -> dict[Run, Observation]:
    """What the reference with a mistake gives, where it differs from the reference."""
    runs = [Run(check.id, mode) for check in checks for mode in check.modes]
    oracle.right(runs)
    variants = {Run(run.check, run.mode, name): run for run in runs}
    return {variants[run]: seen for run, seen in oracle.mistaken(variants).items()}


@pytest.mark.parametrize(("assignment", "name"), MISTAKES)
def test_it_shows_and_is_called_by_its_name(
    assignment: str, name: str, oracles: dict[str, Asked]
) -> None:
    oracle, checks = oracles[assignment]
    graded = [check for check in checks if check.target == MISTAKES[assignment, name].target]
    differing = mistaken(oracle, graded, name)
    assert differing, "no check sees this mistake"
    tries: dict[str, list[Attempt]] = {check.id: [] for check in graded}
    for run, seen in differing.items():
        tries[run.check].append(Attempt(run.mode, seen, difference=Difference("", "")))
    failed = [check for check in graded if any(try_.has_values for try_ in tries[check.id])]
    found = diagnose(failed, tries, oracle)
    assert {mistake.name for mistakes in found.values() for mistake in mistakes} == {name}


@pytest.mark.parametrize(("assignment", "name"), MISTAKES)
def test_it_costs_nothing_elsewhere(assignment: str, name: str, oracles: dict[str, Asked]) -> None:
    """In every check of another function the better of own helpers and stand-ins is right."""
    oracle, checks = oracles[assignment]
    mistake = MISTAKES[assignment, name]
    others = [check for check in checks if check.target != mistake.target
              and check.file == mistake.file]  # fmt: skip
    wrong = set(mistaken(oracle, others, name))
    assert not [
        check.id for check in others if {Run(check.id, mode) for mode in check.modes} <= wrong
    ]


@pytest.mark.parametrize("assignment", assignment_names())
def test_every_function_that_is_graded_has_known_mistakes(
    assignment: str, oracles: dict[str, Asked]
) -> None:
    known = {mistake.target for (where, _), mistake in MISTAKES.items() if where == assignment}
    assert known == {check.target for check in oracles[assignment][1]}


def test_a_hint_is_a_sentence_without_code_of_the_answer() -> None:
    for mistake in MISTAKES.values():
        assert mistake.hint.endswith("."), mistake.name
        assert len(mistake.hint) < 260, mistake.name
