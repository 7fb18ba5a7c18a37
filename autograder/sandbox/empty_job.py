"""A reader that reads nothing: whether the sandbox itself is in order."""

from __future__ import annotations

from autograder.kit.frames import sender
from autograder.kit.values import Observation

TAG = "healthy"


def main(payload: bytes, out: int, mapped: object = None) -> None:
    """Answer."""
    del payload, mapped
    sender(out)(TAG, Observation())
