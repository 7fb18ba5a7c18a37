"""A base process: a copy of the fork server from which the operations of one ban are gone.

It is made once, takes as long over it as it likes, never runs student code, and forks the
children that do.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
from collections.abc import Callable, Iterable
from typing import Any

from autograder.kit.removal import Removal
from autograder.sandbox.lifetime import follow_to_death
from autograder.sandbox.messages import receive, send

_STARTING = 120.0  # seconds in which a ban must have been applied
_SLACK = 15.0  # seconds beyond a child's own limit


class BaseDied(Exception):
    """The base process ended while it worked: perhaps it was killed."""


class BaseBroken(Exception):
    """A ban cannot be applied; the message says why."""


class Base:
    """The fork server's end of a base process."""

    def __init__(
        self,
        removal: Removal,
        serve: Callable[[socket.socket], None],
        foreign: Iterable[int],
    ) -> None:
        """Fork it and wait until the ban is applied. It closes the descriptors in `foreign`."""
        self._channel, theirs = socket.socketpair()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                follow_to_death(parent)
                for descriptor in (self._channel.fileno(), *foreign):
                    os.close(descriptor)
                _become(removal, theirs, serve)
            finally:
                os._exit(0)
        theirs.close()
        problem = self._answer(_STARTING).get("problem")
        if problem:
            self.end()
            raise BaseBroken(problem)

    def run(
        self,
        request: dict[str, Any],
        descriptors: list[int],
        wall_seconds: float,
        lifeline: socket.socket,
    ) -> dict[str, Any]:
        """Have a child forked, and wait for its end. EOFError if the grader ends before."""
        try:
            send(self._channel, request, descriptors)
        except OSError:
            self.end()
            raise BaseDied from None
        return self._answer(wall_seconds + _SLACK, lifeline)

    def _answer(self, seconds: float, lifeline: socket.socket | None = None) -> dict[str, Any]:
        watched = [self._channel] if lifeline is None else [self._channel, lifeline]
        ready, _, _ = select.select(watched, [], [], seconds)
        if lifeline in ready:
            self.end()
            raise EOFError
        try:
            if not ready:
                raise EOFError
            return receive(self._channel)[0]
        except (EOFError, OSError):
            self.end()
            raise BaseDied from None

    def end(self) -> None:
        """Kill the process; its child dies with it."""
        self._channel.close()
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _become(
    removal: Removal, channel: socket.socket, serve: Callable[[socket.socket], None]
) -> None:
    try:
        removal.apply()
    except Exception as error:
        send(channel, {"problem": f"{type(error).__name__}: {error}"})
        return
    gc.collect()
    gc.freeze()
    send(channel, {})
    serve(channel)
