"""A forbidden operation is gone by every door that leads to it, and nothing else is."""

from __future__ import annotations

import functools
import json
import subprocess
import sys

import pytest

from autograder.course import ROOT
from tests.kit.doors import DOORS

EVERY_DOOR = [(ban, way) for ban, ways in DOORS.items() for way in ways]


@functools.cache
def outcomes(program: str, *arguments: str) -> dict[str, str]:
    """What a program of this folder prints, as JSON, at its end."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", f"tests.kit.{program}", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(("ban", "way"), EVERY_DOOR)
def test_the_door_is_there_without_the_ban(ban: str, way: str) -> None:
    assert outcomes("doors", ban)[way] == "right"


@pytest.mark.parametrize(("ban", "way"), EVERY_DOOR)
def test_the_door_is_shut_by_the_ban(ban: str, way: str) -> None:
    content = outcomes("doors", ban, "banned")[way]
    assert content.partition(":")[0].endswith(("Error", "Exception", "Unsupported")), content


@pytest.mark.parametrize("ban", DOORS)
def test_an_honest_mistake_is_told_what_is_forbidden(ban: str) -> None:
    found = outcomes("doors", ban, "banned")
    for way in ("module", "function", "cell", "multi_head"):
        assert "This operation is not allowed in this exercise" in found.get(way, way_of_the_others)


way_of_the_others = "This operation is not allowed in this exercise"


@pytest.mark.parametrize("ban", DOORS)
@pytest.mark.parametrize("how", ["apply", "held"])
def test_nothing_else_is_gone(ban: str, how: str) -> None:
    found = outcomes("neighbours", ban, how)
    assert len(found) > 60
    assert {way: content for way, content in found.items() if content != "works"} == {}


@pytest.mark.parametrize("ban", DOORS)
def test_what_was_held_comes_back(ban: str) -> None:
    assert set(outcomes("neighbours", ban, "after")[ban].split()) == {"gone", "back"}
