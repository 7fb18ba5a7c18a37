"""Sends a header that is nested 100,000 deep."""

import os, struct

text = b"[" * 100_000
for fd in range(3, 12):
    try:
        os.write(fd, struct.pack("<IQ", len(text), 0) + text)
    except OSError:
        pass
