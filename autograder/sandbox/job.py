"""One child's work, as bytes that only the child reads, and how it ended."""

from __future__ import annotations

import json
import mmap
import os
import struct
from dataclasses import dataclass, field

from autograder.kit.frames import Frame
from autograder.kit.source import Modules
from autograder.kit.values import Run
from autograder.kit.verdict import Ending

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class Job:
    """One child's work: load `main` out of `modules`, then run the probes in order."""

    modules: Modules
    main: str
    runs: list[Run]
    seed: int
    skip: dict[str, str] = field(default_factory=dict)  # label of a piece -> why it is not run
    given: dict[str, bytes] = field(default_factory=dict)  # what probes get beside random inputs

    def to_bytes(self) -> bytes:
        """JSON, then what is given; `from_bytes` reads it back."""
        header = {name: value for name, value in vars(self).items() if name != "given"}
        header["runs"] = [vars(run) for run in self.runs]
        header["sizes"] = {name: len(data) for name, data in self.given.items()}
        text = json.dumps(header).encode()
        return b"".join([_LENGTH.pack(len(text)), text, *self.given.values()])

    @classmethod
    def from_bytes(cls, data: bytes) -> Job:
        """Read what `to_bytes` wrote."""
        place = _LENGTH.size + _LENGTH.unpack_from(data)[0]
        header = json.loads(data[_LENGTH.size : place])
        given = {}
        for name, size in header.pop("sizes").items():
            given[name] = data[place : place + size]
            place += size
        header["runs"] = [Run(**run) for run in header["runs"]]
        return cls(**header, given=given)


class MappedFile(mmap.mmap):
    """A file that stays readable after its descriptor is closed, and takes no memory."""

    def seekable(self) -> bool:
        """As `zipfile` asks of files."""
        return True


def seal(data: bytes) -> int:
    """A sealed payload: a descriptor from which a child reads `data`.

    The fork server passes it on unread. What it had once read would be somewhere in the memory of
    every later child.
    """
    descriptor = os.memfd_create("payload")
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def unseal(descriptor: int) -> bytes:
    """What `seal` was given. Reads once, and closes."""
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


@dataclass
class Outcome:
    """How one job ended: the frames that arrived, and how the child went."""

    frames: list[Frame] = field(default_factory=list)
    ending: Ending = field(default_factory=Ending)
