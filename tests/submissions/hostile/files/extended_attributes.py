"""Leaves a note in an extended attribute."""

import os

try:
    os.setxattr("/tmp", "user.note", b"x")
    raise SystemError("left")
except OSError:
    pass
