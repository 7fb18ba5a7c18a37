"""Sends a frame whose times are NaN."""

import json, os, struct

def frame(tag, values=()):
    header = {"tag": tag, "values": list(values), "failure": None, "seconds": float("nan"), "extra": {}, "note": ""}
    text = json.dumps(header).encode()
    return struct.pack("<IQ", len(text), 0) + text

for fd in range(3, 12):
    try:
        os.write(fd, frame("load"))
    except OSError:
        pass
