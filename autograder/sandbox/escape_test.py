"""A child of our own that tries to break out, before any student's does.

The layers of `confine` are only a plan. What counts is what a confined process can still do
on this machine, and this is where it is tried.
"""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from autograder.sandbox.confine import Confinement, Limits, confine


def breaches(confinement: Confinement | None, limits: Limits, secret: str) -> list[str]:
    """What a confined child can do and must not. An empty list is what one wants to see."""
    if confinement is None:
        return ["this is not Linux: none of the layers of confinement exists here"]
    read, write = os.pipe()
    grader, witness = os.getpid(), Path(tempfile.gettempdir()) / f"canary-{os.getpid()}"
    pid = os.fork()
    if pid == 0:
        try:
            channel = confine(confinement, limits, write)
            told = [name for name, attempt in _attempts(secret, grader, witness) if _works(attempt)]
            os.write(channel, ("\n".join(told) or "-").encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        text = answer.read().decode()
    os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        witness.unlink()
    if not text:
        return ["a confined process cannot even start here"]
    return [] if text == "-" else text.split("\n")


def _attempts(secret: str, grader: int, witness: Path) -> list[tuple[str, Callable[[], object]]]:
    return [
        ("read the reference solution", lambda: Path(secret).read_bytes()),
        ("read another process's memory map", lambda: Path(f"/proc/{grader}/maps").read_bytes()),
        (
            "read another process's environment",
            lambda: Path(f"/proc/{grader}/environ").read_bytes(),
        ),
        ("open a network connection", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
        ("start another process", _fork),
        ("write a file", lambda: witness.write_text("x")),
        ("signal another process", lambda: os.kill(grader, 0)),
    ]


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
