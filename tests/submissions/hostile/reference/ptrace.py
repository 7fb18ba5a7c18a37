"""Attaches to its parent as a debugger."""

import ctypes
import os

ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)
