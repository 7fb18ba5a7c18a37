"""The grader's end of the sandbox: a zygote to talk to, jobs to send, observations to collect."""

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
from pathlib import Path
from typing import Any

from autograder.kit.frames import BadFrame, frames
from autograder.kit.verdict import Ending
from autograder.sandbox.confine import Limits
from autograder.sandbox.job import Job, Outcome, parcel
from autograder.sandbox.messages import receive, send

_NOT_CONFINED = (
    "Student code cannot be confined on this machine: a test process could {}. "
    "Use a Linux kernel with Landlock (5.13 or newer), or run as root with a Python that every "
    "user can read. --allow-unconfined grades all the same: every student's code then has your "
    "rights on this machine, and can read the reference."
)


class SandboxError(Exception):
    """The sandbox cannot be used; the message says why and what to do."""


class Sandbox:
    """A zygote for one assignment. Use as a context manager."""

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
        self.layers: list[str] = []
        self.catalogue: list[dict[str, Any]] = []
        self.torch_version = ""

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the zygote and have it try to break out of its own confinement."""
        ours, theirs = socket.socketpair()
        complaints = tempfile.TemporaryFile()  # noqa: SIM115, closed below
        self._process = subprocess.Popen(
            [sys.executable, "-m", "autograder.sandbox.fork_server"],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            env=_environment(),
            cwd=str(_package_root()),
            start_new_session=True,
        )
        theirs.close()
        self._channel = ours
        send(ours, {
            "assignment": self.assignment,
            "hidden": [str(Path(__file__).resolve().parents[1]), str(self.reference[0].parents[1])],
            "secret": str(self.reference[0]),
            "limits": asdict(self.limits),
        })  # fmt: skip
        try:
            hello, _ = receive(ours)
        except (EOFError, OSError):
            self.close()
            complaints.seek(0)
            last = complaints.read().decode(errors="replace").strip().splitlines()[-1:]
            mistake = last[0].partition("CheckError: ")[2] if last else ""
            if mistake:
                raise SandboxError(f"{mistake} Nothing was graded.") from None
            raise SandboxError(
                f"The sandbox did not start: {last[0] if last else 'it said nothing'}. A broken or "
                "missing torch is the usual reason; `make setup` installs the right one."
            ) from None
        finally:
            complaints.close()
        self.layers = hello["layers"]
        self.catalogue = hello["catalogue"]
        self.torch_version = hello["torch"]
        if hello["breaches"] and not self._allow_unconfined:
            self.close()
            raise SandboxError(_NOT_CONFINED.format("; ".join(hello["breaches"])))
        if hello["breaches"]:
            self.layers = []

    def close(self) -> None:
        """End the zygote and whatever it is still running."""
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
        told = {"kind": "student", "unconfined": not self.layers}
        limits = self.limits
        if cpu_seconds > limits.cpu_seconds:
            limits = replace(limits, cpu_seconds=cpu_seconds, wall_seconds=4.0 * cpu_seconds)
        return self._run(told, job.to_bytes(), limits)

    def reader(self, program: str, payload: bytes) -> Outcome:
        """Run one of our own programs (by module name), confined, on bytes a student wrote.

        The module's `main(payload, out)` writes frames to the descriptor `out`, as a child does.
        """
        told = {"kind": "reader", "program": program, "unconfined": not self.layers}
        return self._run(told, payload, self.limits)

    def oracle(self, program: str, request: dict[str, Any]) -> Outcome:
        """Run one of our own programs (by module name) in an unconfined child."""
        generous = Limits(cpu_seconds=600, wall_seconds=600.0, output_bytes=1 << 30)
        told = {"kind": "oracle", "program": program}
        return self._run(told, json.dumps(request).encode(), generous)

    def _run(self, told: dict[str, Any], work: bytes, limits: Limits) -> Outcome:
        if self._channel is None:
            self.start()
        assert self._channel is not None
        read, write = os.pipe()
        sealed = parcel(work)
        try:
            send(self._channel, {**told, "limits": asdict(limits)}, [write, sealed])
        finally:
            os.close(write)
            os.close(sealed)
        try:
            return self._collect(read, limits)
        except (EOFError, OSError):
            self.close()  # a zygote that died is replaced at the next job
            return Outcome(ending=Ending(signal=signal.SIGKILL))
        finally:
            os.close(read)

    def _collect(self, read: int, limits: Limits) -> Outcome:
        """Read frames until the zygote says that the child has ended."""
        assert self._channel is not None
        outcome, buffer, total, unreadable = Outcome(), bytearray(), 0, ""
        deadline = time.monotonic() + limits.wall_seconds + 30.0  # the zygote kills earlier
        with selectors.DefaultSelector() as selector:
            selector.register(read, selectors.EVENT_READ)
            selector.register(self._channel, selectors.EVENT_READ)
            ended: dict[str, Any] | None = None
            while ended is None or read in selector.get_map():
                ready = selector.select(timeout=max(0.0, deadline - time.monotonic()))
                if not ready:
                    raise EOFError
                for key, _ in ready:
                    if key.fileobj is self._channel:
                        ended, _ = receive(self._channel)
                        selector.unregister(self._channel)
                        continue
                    data = os.read(read, 1 << 20)
                    total += len(data)
                    if not data:
                        selector.unregister(read)
                    elif total > limits.output_bytes:
                        unreadable = unreadable or "it sent more than a check may"
                    elif not unreadable:
                        buffer += data
                        try:
                            outcome.frames.extend(frames(buffer, limits.output_bytes))
                        except BadFrame as error:
                            unreadable = str(error)
        seconds = ended["cpu_seconds"]
        outcome.ending = Ending(ended["timed_out"], ended["signal"], seconds, unreadable)
        return outcome


def _package_root() -> Path:
    """The folder that holds the package `autograder`."""
    return Path(__file__).resolve().parents[2]


def _environment() -> dict[str, str]:
    """Only what Python and the C library need; nothing of the instructor's environment."""
    kept = (
        "PATH",
        "PYTHONPATH",
        "LANG",
        "LC_ALL",
        "LD_LIBRARY_PATH",
        "VIRTUAL_ENV",
        "TMPDIR",
        "SYSTEMROOT",
    )
    chosen = {name: os.environ[name] for name in kept if name in os.environ}
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
    return chosen | threads | {"HOME": "/", "PYTHONHASHSEED": "0", "CUDA_VISIBLE_DEVICES": ""}
