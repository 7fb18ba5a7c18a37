"""Puts another file in the place of the channel."""

import os

read, write = os.pipe()
for fd in range(3, 8):
    try:
        os.dup2(write, fd)
    except OSError:
        pass
