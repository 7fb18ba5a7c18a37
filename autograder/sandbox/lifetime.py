"""No process outlives the one that started it, however that one ends.

grader -> fork server   the fork server reads the end of its socket; while it starts, a death signal
fork server -> base, base -> child   a death signal from the kernel
grader -> pool worker   `die_with_parent`, the initializer of the pool
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def follow_to_death(parent: int) -> None:
    """Have the kernel kill this process when the thread that forked it ends.

    A change of user takes the signal away again: call this once more after one.
    """
    if sys.platform != "linux":
        return
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the signal was set
        os._exit(1)


def no_longer_follow() -> None:
    """Take the death signal back."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)


def die_with_parent() -> None:
    """End this worker of a process pool when the process that made the pool is gone.

    The signal of `follow_to_death` would not do: it comes when the thread ends that submitted the
    first piece of work, and a pool may be used from many.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])  # at once, if the parent is gone already
    os._exit(1)
