"""A confined child can break out of nothing, and a machine where it could is refused."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.course import ROOT
from autograder.sandbox import client, escape_test
from autograder.sandbox.client import Sandbox, SandboxError
from autograder.sandbox.landlock import python_folders, readable_paths
from autograder.sandbox.limits import Limits
from autograder.sandbox.messages import receive

REFERENCE = ROOT / "solutions" / "a2_lstm_and_vit"
FILES = [REFERENCE / "vit_solution.py"]
TRY = """
import json, sys
from dataclasses import asdict, replace
from pathlib import Path
from autograder.sandbox import escape_test, private_folder
from autograder.sandbox.confine import prepare
from autograder.sandbox.limits import Limits
reference, changes, kind = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
places = {
    "mounted": private_folder.open_private_folders,
    "plain": private_folder.open_plain_folders,
    "none": lambda: None,
}
place = places[kind]()
whole = prepare([reference.parent, Path("autograder").resolve()], place)
report = escape_test.run(replace(whole, **changes), Limits(), reference / "vit_solution.py")
print(json.dumps({"planned": whole.layers, **asdict(report)}))
if place: place.close()
"""


@dataclass(frozen=True)
class Tried:
    """The layers of a machine, those that held, and what could be done all the same."""

    planned: list[str]
    layers: list[str]
    breaches: list[str]


@functools.cache
def try_to_escape(who: str, changes: str, place: str = "mounted") -> Tried:
    """Run the escape test as root or as an ordinary user, with some of the layers changed."""
    python, prefix = sys.executable, []
    if who == "user" and os.geteuid() == 0:
        python, prefix = python_for_all(), ["setpriv", "--reuid=54321", "--regid=54321"]
        prefix += ["--clear-groups"]
    elif who == "root" and os.geteuid() != 0:
        pytest.skip("this needs to be root")
    done = subprocess.run(
        [*prefix, python, "-c", TRY, str(REFERENCE), changes, place],
        cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    return Tried(**json.loads(done.stdout))


def python_for_all() -> str:
    """A Python that another user can run, on a repository that another user can read."""
    found = [sys.executable, "/usr/bin/python3"]
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed")
    for python in found:
        test = "import sys, autograder; assert sys.version_info >= (3, 10)"
        command = ["setpriv", "--reuid=54321", "--clear-groups", python, "-c", test]
        if subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip("no Python here can be run by another user")


@pytest.mark.parametrize("who", ["root", "user"])
@pytest.mark.parametrize("place", ["mounted", "plain", "none"])
def test_with_all_layers_nothing_can_be_done(who: str, place: str) -> None:
    tried = try_to_escape(who, "{}", place)
    assert tried.breaches == []
    assert tried.layers == tried.planned
    assert {"session", "descriptors", "rlimits", "landlock", "seccomp"} <= set(tried.layers)
    assert ("setuid" in tried.layers) == (who == "root")


NO_LANDLOCK, NO_SECCOMP, STILL_ROOT = (
    json.dumps(changes) for changes in ({"ruleset": None}, {"seccomp": False}, {"drop_user": False})
)
WITHOUT_SECCOMP = [
    "open a socket (AF_INET)",
    "open a socket (AF_UNIX)",
    "start another process",
    "signal its own process group",
    "use fcntl command 1024",  # a lease
    "use fcntl command 8",  # who gets its signals
    "read inode flags",
    "list extended attributes",
    "change a file's mode",
    "raise a limit",
    "make an unknown system call",
    "make the system call ptrace",
    "make the system call memfd_create",
    "make the system call io_uring_setup",
]


@pytest.mark.parametrize("who", ["root", "user"])
@pytest.mark.parametrize(
    ("missing", "changes", "expected"),
    [
        ("landlock", NO_LANDLOCK, ["read the reference solution"]),
        ("seccomp", NO_SECCOMP, WITHOUT_SECCOMP),
    ],
)
def test_a_missing_layer_is_noticed_and_not_claimed(
    who: str, missing: str, changes: str, expected: list[str]
) -> None:
    tried = try_to_escape(who, changes)
    assert set(expected) <= set(tried.breaches)
    assert missing not in tried.layers


def test_what_one_layer_lets_through_another_stops() -> None:
    assert "start another process" not in try_to_escape("user", NO_LANDLOCK).breaches
    assert "make a file outside its folder" not in try_to_escape("user", NO_LANDLOCK).breaches
    assert "read the reference solution" not in try_to_escape("user", NO_SECCOMP).breaches
    assert "write outside its folder" not in try_to_escape("user", NO_SECCOMP).breaches


def test_root_could_start_any_number_of_threads_and_so_no_child_stays_root() -> None:
    tried = try_to_escape("root", STILL_ROOT)
    assert tried.breaches == ["start more threads than it may"]
    assert "setuid" not in tried.layers


def test_without_linux_nothing_is_confined_and_the_escape_test_says_so() -> None:
    assert "not Linux" in escape_test.run(None, Limits(), Path()).breaches[0]


@pytest.fixture
def leaky(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork server that reports a breach."""

    def reported(channel: object) -> object:
        hello, descriptors = receive(channel)  # type: ignore[arg-type]
        return hello | {"breaches": ["read the reference solution"]}, descriptors

    monkeypatch.setattr(client, "receive", reported)


@pytest.mark.usefixtures("leaky")
def test_grading_is_refused_where_student_code_cannot_be_confined() -> None:
    with pytest.raises(SandboxError, match=r"could read the reference solution.*unconfined"):
        Sandbox("a2_lstm_and_vit", FILES).start()


@pytest.mark.usefixtures("leaky")
def test_the_flag_that_says_what_it_means_grades_all_the_same_and_claims_no_layer() -> None:
    with Sandbox("a2_lstm_and_vit", FILES, allow_unconfined=True) as sandbox:
        assert sandbox.layers == []


def test_a_fork_server_starts_without_the_environment_of_the_instructor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    assert "SECRET_TOKEN" not in client._environment()


def test_the_reference_is_not_below_any_folder_a_child_may_read() -> None:
    hidden = [REFERENCE.parent, ROOT / "autograder"]
    for path in readable_paths(hidden):
        assert not any(path == h or path in h.parents or h in path.parents for h in hidden), path
    assert Path(sys.prefix).resolve() in python_folders()
    assert Path(sys.prefix).resolve() in readable_paths(hidden)
