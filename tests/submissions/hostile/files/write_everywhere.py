"""Writes files wherever it can."""

for path in ("/tmp/hostile", "/dev/shm/hostile", "hostile", "/var/tmp/hostile"):
    try:
        open(path, "w").write("x")
    except OSError:
        pass
