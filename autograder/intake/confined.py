"""Runs one of our readers in a confined child, and believes none of what comes back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from autograder.intake.collect import pack_payload
from autograder.kit.frames import Frame
from autograder.kit.verdict import Ending


class Reading(Protocol):
    """What a child sent, and how it ended."""

    @property
    def frames(self) -> list[Frame]: ...

    @property
    def ending(self) -> Ending: ...


class ConfinedReader(Protocol):
    """The part of a sandbox that reads."""

    def reader(self, program: str, payload: bytes, file: int | None = None) -> Reading:
        """Run `program`, confined, on bytes that a student wrote."""


def run_reader(
    sandbox: ConfinedReader,
    program: str,
    request: dict[str, Any],
    data: Sequence[bytes],
    file: int | None = None,
) -> dict[str, Any] | str:
    """The documents that a reader sent, as one, with the bytes as "blob"; or why there are none."""
    reading = sandbox.reader(program, pack_payload(request, data), file)
    document: dict[str, Any] = {}
    for frame in reading.frames:
        values = frame.observation.values
        if not {"document", "blob"} <= values.keys():
            return "what was read is not in order"
        try:
            content = json.loads(values["document"].data.tobytes())
            blob = values["blob"].data.tobytes()
        except (ValueError, AttributeError, RecursionError):
            return "what was read is not in order"
        if not isinstance(content, dict):
            return "what was read is not in order"
        document = {"blob": blob, **content, **document}
    return document or _why(reading.ending)


def _why(ending: Ending) -> str:
    if ending.timed_out or ending.signal == 24:  # SIGXCPU
        return "reading it took too long"
    if ending.signal:
        return "reading it took too much memory, or made the reader crash"
    return ending.unreadable or "it could not be read"
