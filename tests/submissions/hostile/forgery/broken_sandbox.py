"""Says that the sandbox is broken, and ends."""

import json, os, struct

def frame(tag, values=()):
    header = {"tag": tag, "values": list(values), "failure": None, "seconds": 0, "extra": {}, "note": ""}
    text = json.dumps(header).encode()
    return struct.pack("<IQ", len(text), 0) + text

failure = {"kind": "x", "text": "y", "file": "", "line": 0, "function": "", "source": ""}
text = json.dumps({"tag": "broken", "values": [], "failure": failure, "seconds": 0, "extra": {}}).encode()
for fd in range(3, 12):
    try:
        os.write(fd, struct.pack("<IQ", len(text), 0) + text)
    except OSError:
        pass
os._exit(0)
