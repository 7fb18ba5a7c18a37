"""The grader's end of the sandbox: a fork server, jobs to send, observations to collect."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from io import FileIO
from pathlib import Path
from typing import Any

from autograder.kit.frames import BadFrame, Bounds, FrameReader
from autograder.kit.verdict import Ending
from autograder.sandbox import empty_job
from autograder.sandbox.job import Job, Outcome, seal
from autograder.sandbox.limits import ORACLE, READER, Limits
from autograder.sandbox.messages import receive, send

_NOT_CONFINED = (
    "Student code cannot be confined on this machine: a test process could {}. "
    "Use a Linux kernel with Landlock (5.13 or newer), or run as root with a Python that every "
    "user can read. --allow-unconfined grades all the same: every student's code then has your "
    "rights on this machine, and can read the reference."
)
_STARTING = 300.0  # seconds in which a fork server must have imported torch
_SLACK = 30.0  # seconds by which the fork server may be late in killing a child


class SandboxError(Exception):
    """The sandbox cannot be used; the message says why and what to do."""


class Sandbox:
    """A fork server for one assignment. Use as a context manager."""

    def __init__(
        self,
        assignment: str,
        reference: Sequence[Path],
        limits: Limits | None = None,
        allow_unconfined: bool = False,
    ) -> None:
        self.assignment = assignment
        self.reference = reference
        self.limits = limits or Limits()
        self._allow_unconfined = allow_unconfined
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._bans: dict[str, str] = {}  # id of a check -> name of its ban
        self.layers: list[str] = []
        self.catalogue: list[dict[str, Any]] = []
        self.torch_version = ""

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the fork server and have it try to break out of its own confinement."""
        ours, theirs = socket.socketpair()
        errors = tempfile.TemporaryFile()  # noqa: SIM115, closed below
        self._process = subprocess.Popen(
            [sys.executable, "-m", "autograder.sandbox", str(os.getpid())],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=_environment(),
            cwd=str(_package_root()),
            start_new_session=True,
        )
        theirs.close()
        self._channel = ours
        try:
            ours.settimeout(_STARTING)
            send(ours, {
                "assignment": self.assignment,
                "hidden": [str(_package_root() / "autograder"), str(self.reference[0].parents[1])],
                "secret": str(self.reference[0]),
                "limits": asdict(self.limits),
            })  # fmt: skip
            hello, _ = receive(ours)
            ours.settimeout(None)
        except (EOFError, OSError):
            self.close()
            errors.seek(0)
            last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
            raise SandboxError(
                f"The sandbox did not start: {last[0] if last else 'it said nothing'}. A broken or "
                "missing torch is the usual reason; `make setup` installs the right one."
            ) from None
        finally:
            errors.close()
        self.layers = hello["layers"]
        self.catalogue = hello["catalogue"]
        self._bans = {check["id"]: check["ban_name"] for check in self.catalogue}
        self.torch_version = hello["torch"]
        if hello["breaches"] and not self._allow_unconfined:
            self.close()
            raise SandboxError(_NOT_CONFINED.format("; ".join(hello["breaches"])))
        if hello["breaches"]:
            self.layers = []

    def close(self) -> None:
        """End the fork server and all that it is still running."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.5)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
        self._channel, self._process = None, None

    def student(self, job: Job, cpu_seconds: int = 0) -> Outcome:
        """Run a job in a confined child, with more processor time than usual if need be."""
        if self._channel is None:
            self.start()
        request = {"kind": "student", "ban": self._bans[job.runs[0].check]}
        limits = self.limits
        if cpu_seconds > limits.cpu_seconds:
            limits = replace(limits, cpu_seconds=cpu_seconds, wall_seconds=4.0 * cpu_seconds)
        return self._run(request, job.to_bytes(), limits)

    def reader(
        self, program: str, payload: bytes, file: int | None = None, limits: Limits = READER
    ) -> Outcome:
        """Run one of our own programs (by module name), confined, on bytes a student wrote.

        The module's `main(payload, out, mapped)` writes frames to the descriptor `out`, as a child
        does. `mapped` is the file behind the descriptor `file`, or None.
        """
        request = {"kind": "reader", "program": program}
        return self._run(request, payload, limits, [] if file is None else [file])

    def healthy(self) -> bool:
        """Whether an empty job succeeds: what failed before was then not the sandbox's fault."""
        try:
            outcome = self.reader(empty_job.__name__, b"")
        except SandboxError:
            return False
        return [frame.tag for frame in outcome.frames] == [empty_job.TAG]

    def oracle(self, program: str, request: dict[str, Any]) -> Outcome:
        """Run one of our own programs (by module name) in an unconfined child."""
        asked = {"kind": "oracle", "program": program}
        return self._run(asked, json.dumps(request).encode(), ORACLE)

    def _run(
        self, request: dict[str, Any], work: bytes, limits: Limits, files: Sequence[int] = ()
    ) -> Outcome:
        """Run a job, and once more if the fork server or a base process died over it.

        They die when they are killed from outside; a job that ends them twice is to blame.
        """
        for _ in range(2):
            outcome = self._try(request, work, limits, files)
            if outcome is not None:
                return outcome
        return Outcome(ending=Ending(signal=signal.SIGKILL))

    def _try(
        self, request: dict[str, Any], work: bytes, limits: Limits, files: Sequence[int]
    ) -> Outcome | None:
        if self._channel is None:
            self.start()
        assert self._channel is not None
        message = {"ban": "", "unconfined": not self.layers, "limits": asdict(limits), **request}
        read, write = os.pipe()
        with os.fdopen(read, "rb", buffering=0) as pipe:
            try:
                payload = seal(work)
                try:
                    send(self._channel, message, [write, payload, *files])
                finally:
                    os.close(write)
                    os.close(payload)
                return _collect(self._channel, pipe, limits)
            except (EOFError, OSError):
                self.close()  # the next try starts a new one
                return None


def _collect(channel: socket.socket, pipe: FileIO, limits: Limits) -> Outcome | None:
    """Read frames until the fork server says that the child has ended; None if a base died."""
    bounds = Bounds(limits.output_bytes, limits.output_frames, limits.output_headers)
    reader = FrameReader(bounds)
    outcome, unreadable = Outcome(), ""
    deadline = time.monotonic() + limits.wall_seconds + _SLACK
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        selector.register(channel, selectors.EVENT_READ)
        ended: dict[str, Any] | None = None
        while ended is None or not pipe.closed:
            ready = selector.select(timeout=max(0.0, deadline - time.monotonic()))
            if not ready:
                raise EOFError
            for key, _ in ready:
                if key.fileobj is channel:
                    ended, _ = receive(channel)
                    selector.unregister(channel)
                    continue
                data = pipe.read(1 << 20)
                try:
                    outcome.frames.extend(reader.feed(data))
                except BadFrame as error:
                    unreadable = str(error)
                if not data or unreadable:
                    selector.unregister(pipe)
                    pipe.close()  # it can send no more
    if "problem" in ended:
        raise SandboxError(f"The sandbox is broken: {ended['problem']}. Nothing was graded.")
    if "died" in ended:
        return None
    outcome.ending = Ending(ended["timed_out"], ended["signal"], ended["cpu_seconds"], unreadable)
    return outcome


def _package_root() -> Path:
    """The folder that holds the package `autograder`."""
    return Path(__file__).resolve().parents[2]


def _environment() -> dict[str, str]:
    """Only what Python and the C library need; nothing of the instructor's environment."""
    kept = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TMPDIR")
    chosen = {name: os.environ[name] for name in kept if name in os.environ}
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
    return chosen | threads | {"HOME": "/", "PYTHONHASHSEED": "0", "CUDA_VISIBLE_DEVICES": ""}
