"""Leaves a link to a system file."""

import os

for path in ("/tmp/hostile_link", "hostile_link"):
    try:
        os.symlink("/etc/passwd", path)
    except OSError:
        pass
