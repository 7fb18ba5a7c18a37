"""Fills the channel without end."""

import os

for fd in range(3, 12):
    try:
        while True:
            os.write(fd, b"{" * 65536)
    except OSError:
        pass
