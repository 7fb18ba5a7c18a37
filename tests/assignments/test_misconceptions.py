"""Every known mistake costs points in its own function, and is told by its own name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from autograder.course import assignment_names, find_assignment
from autograder.kit.compare import compare
from autograder.kit.diagnose import diagnose
from autograder.kit.mistake import load_misconceptions
from autograder.grading.oracle import Oracle
from autograder.kit.values import Observation, Run
from autograder.sandbox.client import Sandbox

MISTAKES = {
    (assignment, name): mistake
    for assignment in assignment_names()
    for name, mistake in load_misconceptions(assignment).items()
}
Asked = tuple[Oracle, dict[Run, str]]


@pytest.fixture(scope="module")
def oracles() -> Iterator[dict[str, Asked]]:
    """For each assignment an oracle, and every run of a check in a mode with the check's target."""
    with ExitStack() as stack:
        found: dict[str, Asked] = {}
        for name in assignment_names():
            sandbox = stack.enter_context(Sandbox(name, find_assignment(name).reference))
            runs = {
                Run(told["id"], mode): told["target"]
                for told in sandbox.catalogue
                for mode in told["modes"]
                if not told["accuracy"]
            }
            found[name] = Oracle(sandbox, seed=0), runs
        yield found


def spoilt(oracle: Oracle, runs: list[Run], name: str) -> dict[Run, Observation]:
    """What the reference with a mistake gives where it differs from the reference."""
    plain = oracle.observe(runs)
    answers = oracle.observe(Run(run.check, run.mode, name) for run in runs)
    patched = {run: answers[Run(run.check, run.mode, name)] for run in runs}
    return {run: seen for run, seen in patched.items() if seen.failure or compare(seen, plain[run])}


@pytest.mark.parametrize(("assignment", "name"), MISTAKES)
def test_it_shows_and_is_told_by_its_name(
    assignment: str, name: str, oracles: dict[str, Asked]
) -> None:
    asked, runs = oracles[assignment]
    target = MISTAKES[assignment, name].target
    differing = spoilt(asked, [run for run, where in runs.items() if where == target], name)
    assert differing, "no check sees this mistake"
    values = {run: seen for run, seen in differing.items() if seen.failure is None}
    told = diagnose(values, [m for m in asked.mistakes if m.target == target], asked)
    assert {diagnosis.name for diagnosis in told.values()} == {name}


@pytest.mark.parametrize(("assignment", "name"), MISTAKES)
def test_it_costs_nothing_elsewhere(assignment: str, name: str, oracles: dict[str, Asked]) -> None:
    """In every check of another function the better of own helpers and stand-ins is right."""
    asked, runs = oracles[assignment]
    mistake = MISTAKES[assignment, name]
    others = [run for run, where in runs.items() if where != mistake.target
              and where.partition(":")[0] == mistake.file]  # fmt: skip
    wrong = set(spoilt(asked, others, name))
    checks = {run.check: {r for r in others if r.check == run.check} for run in others}
    assert not [check for check, tries in checks.items() if tries <= wrong]


@pytest.mark.parametrize("assignment", assignment_names())
def test_every_function_that_is_graded_has_known_mistakes(
    assignment: str, oracles: dict[str, Asked]
) -> None:
    known = {mistake.target for (where, _), mistake in MISTAKES.items() if where == assignment}
    assert known == set(oracles[assignment][1].values())


def test_a_hint_is_a_sentence_without_code_of_the_answer() -> None:
    for mistake in MISTAKES.values():
        assert mistake.hint.endswith("."), mistake.name
        assert len(mistake.hint) < 260, mistake.name
