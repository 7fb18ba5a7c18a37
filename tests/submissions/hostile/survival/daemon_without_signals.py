"""Leaves a process that ignores signals."""

import os
import signal
import time

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
try:
    if os.fork() == 0:
        time.sleep(600)
except OSError:
    pass
