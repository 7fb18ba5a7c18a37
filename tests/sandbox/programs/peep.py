"""Tries to read a file by its name."""

from __future__ import annotations

from pathlib import Path

from autograder.kit.frames import sender
from autograder.kit.values import Observation


def main(payload: bytes, out: int, mapped: object = None) -> None:
    """Say whether it could be read."""
    del mapped
    try:
        Path(payload.decode()).read_bytes()
        sender(out)("read", Observation())
    except OSError:
        sender(out)("refused", Observation())
