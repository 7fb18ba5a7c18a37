"""Does what its payload says, well or badly."""

from __future__ import annotations

import ctypes
import os
import time

import numpy as np

from autograder.kit.frames import sender
from autograder.kit.values import Observation, Value


def main(payload: bytes, out: int, mapped: object = None) -> None:
    """Answer with what was read, or misbehave."""
    send = sender(out)
    asked = payload.decode()
    if asked == "answer":
        read = mapped.read() if hasattr(mapped, "read") else b""
        values = {"file": Value("tensor", np.frombuffer(read, np.uint8), "uint8")}
        send("answer", Observation(values))
    elif asked == "loop":
        while True:
            pass
    elif asked == "sleep":
        time.sleep(600)
    elif asked == "allocate":
        kept = []
        while True:
            kept.append(bytearray(64 << 20))
    elif asked == "crash":
        ctypes.string_at(0)
    elif asked == "raise":
        raise ValueError("a file that cannot be read")
    elif asked == "exit":
        os._exit(3)
    elif asked == "flood":
        while True:
            os.write(out, bytes(1 << 16))
