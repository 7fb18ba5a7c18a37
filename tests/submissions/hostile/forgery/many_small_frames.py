"""Sends a hundred thousand tiny frames."""

import json, os, struct

def frame(tag, values=()):
    header = {"tag": tag, "values": list(values), "failure": None, "seconds": 0, "extra": {}, "note": ""}
    text = json.dumps(header).encode()
    return struct.pack("<IQ", len(text), 0) + text

for fd in range(3, 12):
    try:
        for _ in range(100):
            os.write(fd, frame("x") * 1000)
    except OSError:
        pass
