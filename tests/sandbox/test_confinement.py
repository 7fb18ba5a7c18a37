"""A confined child can break out of nothing, and a machine where it could is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import ROOT
from autograder.sandbox import client
from autograder.sandbox.client import Sandbox, SandboxError
from autograder.sandbox.messages import receive

REFERENCE = ROOT / "solutions" / "a2_lstm_and_vit"
CANARY = """
import json, sys
from dataclasses import replace
from pathlib import Path
from autograder.sandbox import canary
from autograder.sandbox.confine import Limits, prepare
reference = Path(sys.argv[1])
whole = prepare([reference.parent, Path("autograder").resolve()])
changes = json.loads(sys.argv[2])
secret = str(reference / "vit_solution.py")
print(json.dumps([whole.layers, canary.breaches(replace(whole, **changes), Limits(), secret)]))
"""


def breaches(**changes: object) -> tuple[list[str], list[str]]:
    """The layers of this machine, and what a canary could do with some of them changed."""
    done = subprocess.run(
        [sys.executable, "-c", CANARY, str(REFERENCE), json.dumps(changes)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    layers, found = json.loads(done.stdout)
    return layers, found


def test_with_all_layers_nothing_can_be_done() -> None:
    layers, found = breaches()
    assert found == []
    assert {"session", "descriptors", "rlimits", "seccomp"} <= set(layers)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ruleset": None, "drop_user": False}, "read the reference solution"),
        ({"seccomp": False}, "start another process"),
    ],
)
def test_the_canary_notices_a_layer_that_is_missing(
    changes: dict[str, object], expected: str
) -> None:
    assert expected in breaches(**changes)[1]


def test_without_linux_nothing_is_confined_and_the_canary_says_so() -> None:
    from autograder.sandbox.confine import Limits
    from autograder.sandbox.escape_test import breaches as of

    assert "not Linux" in of(None, Limits(), "")[0]


@pytest.fixture
def leaky(monkeypatch: pytest.MonkeyPatch) -> None:
    """A zygote that reports a breach."""

    def told(channel: object) -> object:
        hello, descriptors = receive(channel)  # type: ignore[arg-type]
        return hello | {"breaches": ["read the reference solution"]}, descriptors

    monkeypatch.setattr(client, "receive", told)


@pytest.mark.usefixtures("leaky")
def test_grading_is_refused_where_student_code_cannot_be_confined() -> None:
    with pytest.raises(SandboxError, match=r"could read the reference solution.*unconfined"):
        Sandbox("a2_lstm_and_vit", REFERENCE).start()


@pytest.mark.usefixtures("leaky")
def test_the_flag_that_says_what_it_means_grades_all_the_same_and_claims_no_layer() -> None:
    with Sandbox("a2_lstm_and_vit", REFERENCE, allow_unconfined=True) as sandbox:
        assert sandbox.layers == []


def test_a_zygote_starts_without_the_environment_of_the_instructor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    assert "SECRET_TOKEN" not in client._environment()


def test_the_reference_is_not_below_any_folder_a_child_may_read() -> None:
    from autograder.sandbox.confine import _readable_paths

    hidden = [REFERENCE.parent, ROOT / "autograder"]
    for path in _readable_paths(hidden):
        assert not any(path == h or path in h.parents or h in path.parents for h in hidden), path
    assert Path(sys.prefix).resolve() in _readable_paths(hidden)
