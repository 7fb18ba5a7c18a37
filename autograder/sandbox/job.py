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
        told = {name: value for name, value in vars(self).items() if name != "given"}
        told["runs"] = [vars(run) for run in self.runs]
        told["sizes"] = {name: len(data) for name, data in self.given.items()}
        text = json.dumps(told).encode()
        return b"".join([_LENGTH.pack(len(text)), text, *self.given.values()])

    @classmethod
    def from_bytes(cls, data: bytes) -> Job:
        """Read what `to_bytes` wrote."""
        place = _LENGTH.size + _LENGTH.unpack_from(data)[0]
        told = json.loads(data[_LENGTH.size : place])
        given = {}
        for name, size in told.pop("sizes").items():
            given[name] = data[place : place + size]
            place += size
        told["runs"] = [Run(**run) for run in told["runs"]]
        return cls(**told, given=given)


class MappedFile(mmap.mmap):
    """A file that stays readable after its descriptor is closed, and takes no memory."""

    def seekable(self) -> bool:
        """As `zipfile` asks of files."""
        return True


def parcel(data: bytes) -> int:
    """A descriptor from which a child can read `data`; the zygote passes it on unread.

    What the zygote had once read would be somewhere in the memory of every later child.
    """
    descriptor = os.memfd_create("parcel")
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def open_parcel(descriptor: int) -> bytes:
    """What `parcel` was given. Reads once, and closes."""
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


@dataclass
class Outcome:
    """How one job ended: the frames that arrived, and how the child went."""

    frames: list[Frame] = field(default_factory=list)
    ending: Ending = field(default_factory=Ending)
