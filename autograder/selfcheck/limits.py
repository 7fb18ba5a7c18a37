"""Ends what never ends: a time limit within this process."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

from autograder.kit.values import TIME_LIMIT


class TimeLimit(BaseException):
    """The time is over. No `except Exception` of a student's catches it."""


assert TimeLimit.__name__ == TIME_LIMIT


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeLimit` in this block after so many seconds, where the platform allows it.

    That needs Unix's alarm and the main thread; elsewhere there is no limit.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TimeLimit

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
