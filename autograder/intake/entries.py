"""The files of a submission in memory, and the limits within which they are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

MAX_FILES = 2_000
MAX_DEPTH = 6
MAX_FILE_BYTES = 20 << 20
MAX_TOTAL_BYTES = 100 << 20
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz", ".7z")
UNREADABLE_ARCHIVES = (".rar", ".gz", ".bz2", ".xz", ".zst", ".tar.zst", ".iso", ".dmg")

_IGNORED = {"__macosx", "__pycache__", ".git", ".ipynb_checkpoints", ".venv", "venv",
            "node_modules", ".idea", ".vscode", "desktop.ini", "thumbs.db"}  # fmt: skip


class Refused(Exception):
    """A submission that is not read at all; the message says why, to the student."""


class TooMuch(Refused):
    """A submission that is larger than anything that is read."""


@dataclass(frozen=True)
class Entry:
    """One file of a submission: where it was, its bytes, and when it was saved (0: unknown)."""

    path: PurePosixPath
    data: bytes
    time: float = 0.0


@dataclass
class Entries:
    """All wanted files of a submission and remarks on the others."""

    files: list[Entry] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # every file's name, wanted or not
    notes: list[str] = field(default_factory=list)
    too_large: set[str] = field(default_factory=set)  # names of wanted files that were not read
    damaged: dict[str, str] = field(default_factory=dict)  # name of a wanted file -> why
    total: int = 0  # bytes read so far

    def note(self, sentence: str) -> None:
        """A remark, of which there are never too many."""
        if len(self.notes) < 20 and sentence not in self.notes:
            self.notes.append(sentence)

    def count(self, size: int) -> None:
        """Stop reading as soon as it has become too much: a zip of zeros is small."""
        self.total += size
        if self.total > MAX_TOTAL_BYTES:
            raise TooMuch(f"It holds more than {MAX_TOTAL_BYTES >> 20} MB.")

    def seen(self, name: str) -> None:
        """One more file, wanted or not."""
        if len(self.names) >= MAX_FILES:
            raise TooMuch(f"It has more than {MAX_FILES} files.")
        self.names.append(name)

    def add(self, path: PurePosixPath, data: bytes, time: float = 0.0) -> None:
        """A wanted file."""
        self.count(len(data))
        self.files.append(Entry(path, data, time))


def is_ignored(parts: Iterable[str]) -> bool:
    """Whether a path leads through what programs leave behind."""
    parts = tuple(parts)
    return any(part.lower() in _IGNORED for part in parts) or bool(parts and parts[-1][:2] == "._")


def is_archive(name: str) -> bool:
    """By its name only."""
    return name.lower().endswith(ARCHIVES)


def is_unreadable_archive(name: str) -> bool:
    """A kind of archive, or of a compressed file, that is not opened."""
    return name.lower().endswith(UNREADABLE_ARCHIVES) and not is_archive(name)
