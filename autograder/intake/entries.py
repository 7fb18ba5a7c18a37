"""The regular files of a hand-in, read into memory within strict limits."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

MAX_FILES = 2_000
MAX_DEPTH = 6
MAX_FILE_BYTES = 20 << 20
MAX_TOTAL_BYTES = 100 << 20
_IGNORED = {"__MACOSX", "__pycache__", ".git", ".ipynb_checkpoints", ".venv", "venv"}


class Refused(Exception):
    """A hand-in that is not read at all; the message says why, to the student."""


@dataclass(frozen=True)
class Entry:
    """One file of a hand-in: where it was, and its bytes."""

    path: PurePosixPath
    data: bytes


@dataclass
class Entries:
    """All wanted files of a hand-in and remarks on the others."""

    files: list[Entry] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # every file's name, wanted or not
    notes: list[str] = field(default_factory=list)
    too_large: set[str] = field(default_factory=set)  # names of wanted files that were not read
    total: int = 0  # bytes read so far

    def count(self, size: int) -> None:
        """Stop reading as soon as it has become too much: a zip of zeros is small."""
        self.total += size
        if self.total > MAX_TOTAL_BYTES:
            raise Refused(f"The hand-in holds more than {MAX_TOTAL_BYTES >> 20} MB.")


def read_entries(path: Path, suffixes: tuple[str, ...]) -> Entries:
    """Read the files with the given suffixes out of a folder, a zip file or a single file."""
    found = Entries()
    if path.is_dir():
        _read_folder(path, suffixes, found)
    elif path.suffix.lower() == ".zip":
        if path.stat().st_size > MAX_TOTAL_BYTES:
            raise Refused(f"{path.name} is larger than {MAX_TOTAL_BYTES >> 20} MB.")
        _read_zip(path.read_bytes(), path.name, suffixes, found)
    else:
        _add(found, PurePosixPath(path.name), path.stat().st_size, path.read_bytes, suffixes)
    found.files.sort(key=lambda entry: (len(entry.path.parts), str(entry.path)))
    return found


def _add(found: Entries, path: PurePosixPath, size: int, read, suffixes) -> None:  # type: ignore[no-untyped-def]
    found.names.append(path.name)
    if path.suffix.lower() not in suffixes:
        return
    if size > MAX_FILE_BYTES:
        found.notes.append(f"{path} is larger than {MAX_FILE_BYTES >> 20} MB and was not read.")
        found.too_large.add(path.name)
        return
    data = read()
    if len(data) > MAX_FILE_BYTES:
        raise Refused(f"{path} is larger than it says.")
    found.count(len(data))
    found.files.append(Entry(path, data))


def _read_folder(folder: Path, suffixes: tuple[str, ...], found: Entries) -> None:
    for path in _walk(folder, found, depth=0):
        relative = PurePosixPath(path.relative_to(folder).as_posix())
        if path.suffix.lower() == ".zip" and path.stat().st_size <= MAX_TOTAL_BYTES:
            _read_zip(path.read_bytes(), str(relative), suffixes, found)
        else:
            _add(found, relative, path.stat().st_size, lambda p=path: _read_regular(p), suffixes)


def _walk(folder: Path, found: Entries, depth: int) -> Iterator[Path]:
    if depth > MAX_DEPTH:
        found.notes.append(f"Folders nested deeper than {MAX_DEPTH} were not looked into.")
        return
    for item in sorted(os.scandir(folder), key=lambda item: item.name):
        if item.name in _IGNORED:
            continue
        if item.is_symlink():
            found.notes.append(f"{item.name} is a symbolic link and was not followed.")
        elif item.is_dir(follow_symlinks=False):
            yield from _walk(Path(item.path), found, depth + 1)
        elif stat.S_ISREG(item.stat(follow_symlinks=False).st_mode):
            if len(found.names) >= MAX_FILES:
                raise Refused(f"The hand-in has more than {MAX_FILES} files.")
            yield Path(item.path)


def _read_regular(path: Path) -> bytes:
    """Read a file that was regular a moment ago, without following a link put in its place."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def _read_zip(
    data: bytes, name: str, suffixes: tuple[str, ...], found: Entries, depth: int = 0
) -> None:
    """Read members by name. Nothing is unpacked, so a path can point nowhere."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refused(f"{name} is not a zip file that can be read ({error}).") from None
    if len(members) > MAX_FILES:
        raise Refused(f"{name} holds {len(members)} files; at most {MAX_FILES} are read.")
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir() or _IGNORED & set(path.parts) or path.name.startswith("._"):
            continue
        if stat.S_ISLNK(member.external_attr >> 16):
            found.notes.append(f"{path} in {name} is a symbolic link and was not followed.")
        elif path.is_absolute() or ".." in path.parts:
            found.notes.append(f"{name} holds a file with the path {path}, which was not read.")
        elif path.suffix.lower() == ".zip":
            if depth:
                found.notes.append(f"{path} is a zip inside a zip inside a zip; it was not opened.")
            elif member.file_size <= MAX_FILE_BYTES:
                found.notes.append(f"{name} holds another zip, {path}; its files were read.")
                inner = _member(archive, member, name)
                found.count(len(inner))
                _read_zip(inner, str(path), suffixes, found, depth + 1)
        else:
            _add(
                found, path, member.file_size, lambda m=member: _member(archive, m, name), suffixes
            )


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    try:
        with archive.open(member) as file:
            return file.read(MAX_FILE_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise Refused(f"{member.filename} in {name} cannot be read ({error}).") from None
