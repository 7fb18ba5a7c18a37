"""Deletes submissions."""

import glob
import shutil

for path in glob.glob("/tmp/attacks_*"):
    shutil.rmtree(path, ignore_errors=True)
