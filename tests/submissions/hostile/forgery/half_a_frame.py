"""Sends half of a frame and waits."""

import json, os, struct

def frame(tag, values=()):
    header = {"tag": tag, "values": list(values), "failure": None, "seconds": 0, "extra": {}, "note": ""}
    text = json.dumps(header).encode()
    return struct.pack("<IQ", len(text), 0) + text

for fd in range(3, 12):
    try:
        os.write(fd, frame("load")[:20])
    except OSError:
        pass
