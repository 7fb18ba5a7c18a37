"""Every known mistake of a2 costs points in its own function, and is told by its own name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.course import find_assignment
from autograder.judge.compare import compare
from autograder.judge.diagnose import diagnose
from autograder.judge.misconception import load_misconceptions
from autograder.judge.oracle import Oracle
from autograder.observation import Observation, Run
from autograder.sandbox.client import Sandbox

A2 = "a2_lstm_and_vit"
MISTAKES = load_misconceptions(A2)


@pytest.fixture(scope="module")
def oracle() -> Iterator[tuple[Oracle, dict[Run, str]]]:
    """An oracle, and every run of a check in a mode with the check's target."""
    with Sandbox(A2, find_assignment(A2).reference) as sandbox:
        runs = {Run(c["id"], mode): c["target"] for c in sandbox.catalogue for mode in c["modes"]}
        yield Oracle(sandbox, seed=0), runs


def spoilt(oracle: Oracle, runs: list[Run], name: str) -> dict[Run, Observation]:
    """What the reference with a mistake gives where it differs from the reference."""
    plain = oracle.observe(runs)
    answers = oracle.observe(Run(run.check, run.mode, name) for run in runs)
    patched = {run: answers[Run(run.check, run.mode, name)] for run in runs}
    return {run: seen for run, seen in patched.items() if seen.failure or compare(seen, plain[run])}


@pytest.mark.parametrize("name", MISTAKES)
def test_it_shows_and_is_told_by_its_name(name: str, oracle: tuple[Oracle, dict[Run, str]]) -> None:
    asked, runs = oracle
    target = MISTAKES[name].target
    differing = spoilt(asked, [run for run, where in runs.items() if where == target], name)
    assert differing, "no check sees this mistake"
    values = {run: seen for run, seen in differing.items() if seen.failure is None}
    told = diagnose(values, [m for m in asked.mistakes if m.target == target], asked)
    assert {diagnosis.name for diagnosis in told.values()} == {name}


@pytest.mark.parametrize("name", MISTAKES)
def test_it_costs_nothing_elsewhere(name: str, oracle: tuple[Oracle, dict[Run, str]]) -> None:
    """In every check of another function the better of own helpers and stand-ins is right."""
    asked, runs = oracle
    mistake = MISTAKES[name]
    others = [run for run, where in runs.items() if where != mistake.target
              and where.partition(":")[0] == mistake.file]  # fmt: skip
    wrong = set(spoilt(asked, others, name))
    checks = {run.check: {r for r in others if r.check == run.check} for run in others}
    assert not [check for check, tries in checks.items() if tries <= wrong]


def test_every_function_that_is_graded_has_known_mistakes(
    oracle: tuple[Oracle, dict[Run, str]],
) -> None:
    assert {mistake.target for mistake in MISTAKES.values()} == set(oracle[1].values())


def test_a_hint_is_a_sentence_without_code_of_the_answer() -> None:
    for mistake in MISTAKES.values():
        assert mistake.hint.endswith("."), mistake.name
        assert len(mistake.hint) < 260, mistake.name
