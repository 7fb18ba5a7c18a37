"""The bytes of one submission's files, unread, as one payload for the confined reader."""

from __future__ import annotations

import json
import os
import stat
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.intake.entries import (
    MAX_DEPTH,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_TOTAL_BYTES,
    TooMuch,
    is_archive,
    is_ignored,
)
from autograder.intake.names import clean_path

_LENGTH = struct.Struct("<Q")


@dataclass
class Collected:
    """Files as they lie on the disk: what is known of each, and its bytes where they matter."""

    files: list[dict[str, Any]] = field(default_factory=list)  # path, size, time, read
    data: list[bytes] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    total: int = 0


def pack_payload(request: dict[str, Any], data: Sequence[bytes]) -> bytes:
    """A request and the bytes of its files, for `unpack_payload`."""
    text = json.dumps(request).encode()
    return b"".join([_LENGTH.pack(len(text)), text, *data])


def unpack_payload(payload: bytes) -> tuple[dict[str, Any], list[tuple[dict[str, Any], bytes]]]:
    """The request, and each file with its bytes."""
    place = _LENGTH.size + _LENGTH.unpack_from(payload)[0]
    request: dict[str, Any] = json.loads(payload[_LENGTH.size : place])
    files = []
    for content in request.get("files", ()):
        size = content["taken"]
        files.append((content, payload[place : place + size]))
        place += size
    return request, files


def collect(members: Sequence[tuple[Path, str]], suffixes: tuple[str, ...]) -> Collected:
    """Read the wanted files among `members`: pairs of a file or folder, and its name in the
    submission ("" for a folder whose files keep their paths below it)."""
    found = Collected()
    for path, name in members:
        for file, below in _regular_files(path, found):
            parts = [part for part in (name, *below) if part] or [path.name]
            _add(file, PurePosixPath(*map(clean_path, parts)), suffixes, found)
    return found


def _regular_files(path: Path, found: Collected) -> Iterator[tuple[Path, tuple[str, ...]]]:
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        yield from _walk(path, (), found)
    elif stat.S_ISREG(mode):
        yield path, ()
    else:
        found.notes.append(f"{clean_path(path.name)} is not a regular file and was not read.")


def _walk(
    folder: Path, below: tuple[str, ...], found: Collected
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    if len(below) > MAX_DEPTH:
        found.notes.append(f"Folders nested deeper than {MAX_DEPTH} were not looked into.")
        return
    with os.scandir(folder) as items:
        listed = sorted(islice(items, MAX_FILES + 1), key=lambda item: item.name)
    if len(listed) > MAX_FILES:
        raise TooMuch(f"It has more than {MAX_FILES} files.")
    for item in listed:
        if is_ignored((item.name,)):
            continue
        if item.is_symlink():
            name = clean_path(item.name)
            found.notes.append(f"{name} is a symbolic link and was not followed.")
        elif item.is_dir(follow_symlinks=False):
            yield from _walk(Path(item.path), (*below, item.name), found)
        elif stat.S_ISREG(item.stat(follow_symlinks=False).st_mode):
            yield Path(item.path), (*below, item.name)


def _add(file: Path, path: PurePosixPath, suffixes: tuple[str, ...], found: Collected) -> None:
    if len(found.files) >= MAX_FILES:
        raise TooMuch(f"It has more than {MAX_FILES} files.")
    status = file.lstat()
    most = MAX_TOTAL_BYTES if is_archive(path.name) else MAX_FILE_BYTES
    if is_archive(path.name) and status.st_size > most:
        raise TooMuch(f"{path} is larger than {most >> 20} MB.")
    wanted = is_archive(path.name) or path.suffix.lower() in suffixes
    data = _read(file, most) if wanted and status.st_size <= most else b""
    found.total += len(data)
    if found.total > MAX_TOTAL_BYTES:
        raise TooMuch(f"It holds more than {MAX_TOTAL_BYTES >> 20} MB.")
    found.files.append({
        "path": str(path),
        "size": status.st_size,
        "time": status.st_mtime if abs(status.st_mtime) < 1e11 else 0.0,
        "read": wanted and status.st_size <= most,
        "taken": len(data),
    })  # fmt: skip
    found.data.append(data)


def _read(path: Path, most: int) -> bytes:
    """Read a file that was regular a moment ago, without following a link put in its place."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most)
