"""What the self-check knows: the expected values, and samples of what known mistakes give."""

from __future__ import annotations

import functools
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.kit.frames import Bounds, FrameReader
from autograder.kit.mistakes import Mistake
from autograder.kit.values import Observation, Run, Value

# This package is imported out of an archive, which holds the values as well.
ARCHIVE = Path(__file__).resolve().parents[2]
FOLDER = ARCHIVE.parents[1]  # the assignment's folder: the student's files lie here
_OUR_OWN = Bounds(1 << 30, frames=1 << 20, header_bytes=1 << 30)


@dataclass
class StoredAnswers:
    """The values of the reference, without the reference."""

    assignment: str
    seed: int
    attachment: list[str]  # names of the file that is submitted beside the code
    mistakes: Sequence[Mistake]
    _right: dict[Run, Observation] = field(default_factory=dict)
    _mistaken: dict[Run, Observation] = field(default_factory=dict)

    def right(self, runs: Iterable[Run]) -> Mapping[Run, Observation]:
        """The reference's observations."""
        return {run: self._right[run] for run in runs}

    def mistaken(self, runs: Iterable[Run]) -> Mapping[Run, Observation]:
        """Samples of the observations with a mistake in the reference; only where they show."""
        return {run: self._mistaken[run] for run in runs if run in self._mistaken}

    def right_values(self, check: str, mode: str) -> dict[str, Value]:
        """The expected values of one run by name."""
        return self._right[Run(check, mode)].values

    def add(self, run: Run, observation: Observation) -> None:
        """Keep what was read."""
        (self._mistaken if run.variant else self._right)[run] = observation


@functools.cache
def stored_answers() -> StoredAnswers:
    """Read the archive."""
    head = json.loads(read("expected.json"))
    mistakes = [Mistake(**one) for one in head.pop("mistakes")]
    answers = StoredAnswers(mistakes=mistakes, **head)
    for frame in FrameReader(_OUR_OWN).feed(read("expected.bin")):
        run = Run(frame.tag, str(frame.extra["mode"]), str(frame.extra["variant"]))
        answers.add(run, frame.observation)
    return answers


def read(name: str) -> bytes:
    """A file of the archive; empty where it has none of that name."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        return archive.read(name) if name in archive.namelist() else b""
