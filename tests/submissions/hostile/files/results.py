"""Rewrites results."""

import glob

for path in glob.glob("/tmp/attacks_*/**/results.json", recursive=True):
    open(path, "w").write("{}")
