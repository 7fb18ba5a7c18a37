"""Leaves a module for the next student."""

import os
import sys

for folder in sys.path:
    try:
        open(os.path.join(folder or ".", "hostile_module.py"), "w").write("x = 1")
    except OSError:
        pass
