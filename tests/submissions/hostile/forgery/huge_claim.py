"""Claims a frame of 4 exabytes."""

import os, struct

for fd in range(3, 12):
    try:
        os.write(fd, struct.pack("<IQ", 10, 1 << 62))
    except OSError:
        pass
