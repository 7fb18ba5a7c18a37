"""Reads the memory of its parent."""

import os

open(f"/proc/{os.getppid()}/mem", "rb").read(1)
