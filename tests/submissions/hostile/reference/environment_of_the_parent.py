"""Reads the environment and arguments of all processes."""

import glob

for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    print(open(path, "rb").read())
