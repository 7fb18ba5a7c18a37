"""Becomes another program."""

import os
import subprocess

for run in (lambda: subprocess.run(["true"]), lambda: os.execv("/bin/sh", ["sh"])):
    try:
        run()
        raise SystemError("ran")
    except OSError:
        pass
