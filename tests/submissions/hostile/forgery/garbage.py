"""Sends bytes that are no frame."""

import os

for fd in range(3, 12):
    try:
        os.write(fd, b"\xff" * 5000)
    except OSError:
        pass
