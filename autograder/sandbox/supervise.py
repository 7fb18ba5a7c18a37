"""Forks a child, waits for it, kills it at its limits, and says how it ended."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from autograder.sandbox.lifetime import follow_to_death
from autograder.sandbox.limits import Limits
from autograder.sandbox.private_folder import PrivateFolders

_LOOK_MS = 20  # how often a plain private folder is looked at


def supervise(
    start: Callable[[int], None],
    limits: Limits,
    out: int,
    folders: PrivateFolders | None = None,
    lifeline: socket.socket | None = None,
) -> dict[str, Any]:
    """Run `start(out)` in a child, and report how it ended.

    What arrives on `lifeline` while it runs can only be the end of who asked for it: then the child
    is killed, and EOFError raised.
    """
    if folders is not None:
        folders.clear()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            follow_to_death(parent)
            start(out)
        finally:
            os._exit(0)
    handle = os.pidfd_open(pid)
    reason = "unknown"
    try:
        reason = _wait(handle, limits, folders, lifeline)
    finally:
        if reason != "ended":
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        _, status, used = os.wait4(pid, 0)
        os.close(handle)
        if folders is not None:
            folders.clear()
    if reason == "abandoned":
        raise EOFError
    return {
        "timed_out": reason == "timed out",
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "cpu_seconds": used.ru_utime + used.ru_stime,
    }


def _wait(
    handle: int, limits: Limits, folders: PrivateFolders | None, lifeline: socket.socket | None
) -> str:
    """Wait for the child's end; says why the waiting ended."""
    deadline = time.monotonic() + limits.wall_seconds
    events = select.poll()
    events.register(handle, select.POLLIN)
    if lifeline is not None:
        events.register(lifeline, select.POLLIN)
    plain = folders if folders is not None and not folders.mounted else None
    free = plain.free() if plain else 0
    while True:
        left = max(0.0, deadline - time.monotonic()) * 1000
        ready = [number for number, _ in events.poll(min(left, _LOOK_MS) if plain else left)]
        if handle in ready:
            return "ended"
        if ready:
            return "abandoned"
        if time.monotonic() >= deadline:
            return "timed out"
        if plain and plain.overfull(limits, free):
            return "overfull"
