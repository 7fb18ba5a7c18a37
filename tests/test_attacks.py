"""One hostile submission of each family gains nothing, leaves nothing, and is remarked on."""

from __future__ import annotations

import pytest

from tests.attacks import FAMILIES, HOSTILE, Outcome, attacks, outcomes

SHORT = [
    "bans/norm_getattr", "reference/search_disk", "forgery/frames_of_checks", "tampering/probes",
    "exhaustion/fork_bomb", "markup/ansi", "files/write_everywhere", "survival/daemon",
]  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, Outcome]:
    chosen = [one for one in attacks() if one.name in SHORT]
    return {one.attack.name: one for one in outcomes(chosen)}


def test_there_are_attacks_of_every_family_and_each_says_what_it_tries() -> None:
    assert len(attacks()) >= 150
    assert {one.path.parent.name for one in attacks()} == set(FAMILIES)
    assert sorted(path.name for path in HOSTILE.iterdir()) == sorted(FAMILIES)
    assert [one.name for one in attacks() if not one.tries.endswith(".")] == []


@pytest.mark.parametrize("name", SHORT)
def test_it_gains_nothing_and_leaves_nothing(name: str, found: dict[str, Outcome]) -> None:
    assert found[name].gained == 0
    assert found[name].left == ()
    assert found[name].said == ()
