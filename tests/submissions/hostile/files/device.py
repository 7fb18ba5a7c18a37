"""Writes to a terminal."""

for path in ("/dev/tty", "/dev/pts/0", "/dev/console"):
    try:
        open(path, "w").write("hello")
    except OSError:
        pass
