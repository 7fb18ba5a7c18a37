"""A sample of the mutants; `make fairness` runs them all."""

from __future__ import annotations

import pytest

from tests.fairness.__main__ import known
from tests.fairness.mutants import Mutant, mutants
from tests.fairness.run import checks_of, survivors

ASSIGNMENT = "a2_lstm_and_vit"
EVERY = 12


def made() -> list[Mutant]:
    targets = dict.fromkeys(check.question.target for check in checks_of(ASSIGNMENT))
    return [mutant for target in targets for mutant in mutants(ASSIGNMENT, target)]


def test_mutants_are_many_different_and_the_same_every_time() -> None:
    first = made()
    assert len(first) > 300
    assert len({(mutant.target, mutant.text) for mutant in first}) == len(first)
    assert [mutant.text for mutant in made()] == [mutant.text for mutant in first]


@pytest.mark.parametrize("seed", [0, 1])
def test_no_mutant_keeps_its_points_but_those_with_a_reason(seed: int) -> None:
    sample = made()[::EVERY]
    kept = [m for m, survives in zip(sample, survivors(sample, seed), strict=False) if survives]
    assert [f"{ASSIGNMENT} | {mutant.key}" for mutant in kept
            if f"{ASSIGNMENT} | {mutant.key}" not in known()] == []  # fmt: skip
    assert len(kept) < len(sample)


def test_every_survivor_in_the_list_has_a_reason() -> None:
    assert all(known())
