"""Keeps data in memory files."""

import os

fd = os.memfd_create("x")
while True:
    os.write(fd, b"x" * (1 << 24))
