"""Our own readers of student files run confined; the worst file ends the reader and no more."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.course import find_assignment
from autograder.sandbox.client import Sandbox
from autograder.sandbox.job import Outcome
from autograder.sandbox.limits import READER
from tests.conftest import A2

PROGRAM = "tests.sandbox.programs.behave"
LIMITS = replace(READER, cpu_seconds=1, wall_seconds=30.0, extra_memory=256 << 20)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(A2, find_assignment(A2).reference_files) as sandbox:
        yield sandbox


def read(sandbox: Sandbox, payload: str) -> Outcome:
    limits = replace(LIMITS, wall_seconds=1.0) if payload == "sleep" else LIMITS
    return sandbox.reader(PROGRAM, payload.encode(), limits=limits)


def test_a_reader_sees_the_payload_and_a_file(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "archive"
    path.write_bytes(b"content")
    with path.open("rb") as file:
        outcome = sandbox.reader(PROGRAM, b"answer", file.fileno())
    (frame,) = outcome.frames
    assert frame.tag == "answer"
    assert frame.observation.values["file"].data.tobytes() == b"content"


@pytest.mark.parametrize(
    ("payload", "ends_by"),
    [
        ("loop", signal.SIGXCPU),
        ("sleep", signal.SIGKILL),
        ("crash", signal.SIGSEGV),
        ("flood", 0),  # nobody listens any more
        ("allocate", 0),  # a MemoryError, like any exception, ends it quietly
        ("raise", 0),
        ("exit", 0),
    ],
)
def test_a_reader_that_misbehaves_gives_an_outcome_and_the_next_one_reads(
    sandbox: Sandbox, payload: str, ends_by: int
) -> None:
    server = sandbox._process
    started = time.monotonic()
    outcome = read(sandbox, payload)
    assert outcome.frames == []
    assert outcome.ending.signal in (ends_by, signal.SIGKILL)
    assert outcome.ending.timed_out == (payload == "sleep")
    assert (outcome.ending.unreadable != "") == (payload == "flood")
    assert time.monotonic() - started < 30
    assert [frame.tag for frame in read(sandbox, "answer").frames] == ["answer"]
    assert sandbox._process is server  # the fork server has lived on


def test_an_empty_job_tells_a_fault_of_ours_from_a_fault_of_a_file(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(sandbox, "crash")
    assert sandbox.healthy()
    monkeypatch.setattr("autograder.sandbox.empty_job.__name__", "no.such.program")
    assert not sandbox.healthy()


def test_a_reader_is_confined(sandbox: Sandbox) -> None:
    assert "landlock" in sandbox.layers or "setuid" in sandbox.layers
    outcome = sandbox.reader("tests.sandbox.programs.peep", str(Path(__file__)).encode())
    assert [frame.tag for frame in outcome.frames] == ["refused"]
