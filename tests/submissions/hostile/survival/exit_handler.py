"""Writes to the channel at its end."""

import atexit
import os

atexit.register(lambda: [os.write(fd, b"x") for fd in range(3, 8)])
