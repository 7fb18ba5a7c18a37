"""Members of zip, tar and 7z archives. Runs confined: these formats are parsed nowhere else.

Nothing is unpacked to a disk, so a path can point nowhere.
"""

from __future__ import annotations

import bz2
import calendar
import gzip
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any, cast

from autograder.intake.entries import MAX_FILE_BYTES, MAX_TOTAL_BYTES, Refused, TooMuch
from autograder.intake.names import clean_path

MAX_MEMBERS = 100_000
_MAX_SEQUENTIAL = 1 << 30  # unpacked bytes of an archive that can only be read from its beginning
_MAX_PARTS = 32  # of a path
_YEAR_1981 = 347_155_200.0  # formats begin at 1980 where they do not know

Wanted = Callable[[PurePosixPath, int], bool]


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    key      its path as the archive spells it
    path     the same, clean: members are asked for by it
    kind     "file", "link" or "outside": a path that leads out of the archive
    data     its bytes, if it is wanted
    damage   why they cannot be read
    """

    key: str
    path: PurePosixPath
    size: int
    time: float = 0.0
    kind: str = "file"
    data: bytes | None = None
    damage: str = ""


def members(
    file: IO[bytes], name: str, wanted: Wanted, most: int = MAX_MEMBERS
) -> Iterator[Member]:
    """Every member that is not a folder, with its bytes where `wanted(path, size)` says so."""
    head = file.read(8)
    file.seek(0)
    kinds = {b"PK": _zip, b"7z\xbc\xaf": _seven_zip}
    read = next((read for magic, read in kinds.items() if head.startswith(magic)), _tar)
    if head.startswith(b"Rar!"):
        raise Refused(f"{name} is a RAR archive, which is not read. Submit a .zip file.")
    try:
        for count, member in enumerate(read(file, wanted, most)):
            if count >= most:
                raise TooMuch(f"It holds more than {most} files.")
            yield member
    except Refused as refusal:
        sentence = str(refusal)
        content = f"{name} {sentence[3:]}" if sentence.startswith("It ") else sentence
        raise type(refusal)(content) from None
    except Exception as error:  # these parsers raise anything
        kind = {_zip: "zip file", _seven_zip: "7z archive"}.get(read, "archive")
        raise Refused(f"{name} is not a {kind} that can be read ({_why(error)}).") from None


def _why(error: Exception) -> str:
    return clean_path(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _member(key: str, size: int, time: float, is_link: bool) -> Member:
    path = PurePosixPath(key.replace("\\", "/"))
    outside = path.is_absolute() or ".." in path.parts
    shown = PurePosixPath(*[clean_path(part) for part in path.parts[-_MAX_PARTS:]] or ["(no name)"])
    kind = "link" if is_link else "outside" if outside else "file"
    return Member(key, shown, max(0, size), time if time > _YEAR_1981 else 0.0, kind)


def _with_bytes(member: Member, wanted: Wanted, read: Callable[[], bytes]) -> Member:
    """The member with its bytes, if it is wanted; one that is damaged does not hurt the others."""
    if member.kind != "file" or not wanted(member.path, member.size):
        return member
    data, damage = None, ""
    try:
        data = read()
        if len(data) > MAX_FILE_BYTES:
            data, damage = None, "it is larger than it says"
    except Exception as error:
        damage = "it is protected by a password" if _is_locked(error) else _why(error)
    return Member(member.key, member.path, member.size, member.time, "file", data, damage)


def _is_locked(error: Exception) -> bool:
    return isinstance(error, RuntimeError) and "encrypted" in str(error)


def _zip(file: IO[bytes], wanted: Wanted, most: int) -> Iterator[Member]:
    archive = zipfile.ZipFile(file)
    infos = archive.infolist()
    if len(infos) > most:
        raise TooMuch(f"It holds {len(infos)} files; at most {most} are read.")
    for info in infos:
        if info.is_dir():
            continue
        mode = info.external_attr >> 16
        member = _member(info.filename, info.file_size, _zip_time(info), stat.S_ISLNK(mode))
        yield _with_bytes(member, wanted, partial(_zip_bytes, archive, info))


def _zip_bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as member:
        return member.read(MAX_FILE_BYTES + 1)


def _zip_time(info: zipfile.ZipInfo) -> float:
    try:
        return float(calendar.timegm((*info.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0


def _tar(file: IO[bytes], wanted: Wanted, most: int) -> Iterator[Member]:
    with tarfile.open(fileobj=_Limited(_unpacked(file)), mode="r|") as archive:  # type: ignore[call-overload]
        for info in archive:
            if info.isdir():
                continue
            size = info.size if info.isreg() else 0
            member = _member(info.name, size, float(info.mtime), not info.isreg())
            yield _with_bytes(member, wanted, partial(_tar_bytes, archive, info))


def _tar_bytes(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    member = archive.extractfile(info)
    return member.read(MAX_FILE_BYTES + 1) if member else b""


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    """The stream inside gzip, bzip2 or xz, recognised by its first bytes."""
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if head.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(file)
    return file


class _Limited:
    """A stream that ends with a sentence when too much has come out of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._left = stream, _MAX_SEQUENTIAL

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self._left -= len(data)
        if self._left < 0:
            raise TooMuch(f"It unpacks to more than {_MAX_SEQUENTIAL >> 20} MB.")
        return data


def _seven_zip(file: IO[bytes], wanted: Wanted, most: int) -> Iterator[Member]:
    import py7zr.io  # only where it is needed: it takes longer than reading a submission
    import py7zr.py7zr

    # It asks the kernel how large a block may be, which a confined process may not.
    vars(py7zr.py7zr)["get_memory_limit"] = lambda: 128 << 20
    with py7zr.SevenZipFile(file) as archive:
        if archive.needs_password():
            raise Refused("It is protected by a password.")
        infos = [info for info in archive.files if not info.is_directory]
        listed = [
            _member(info.filename, int(info.uncompressed or 0), _seven_zip_time(info),
                    bool(info.is_symlink or info.is_junction or info.is_socket))
            for info in infos[: most + 1]
        ]  # fmt: skip
        chosen = [m for m in listed if m.kind == "file" and wanted(m.path, m.size)]
        if sum(member.size for member in chosen) > MAX_TOTAL_BYTES:
            raise TooMuch(f"It holds more than {MAX_TOTAL_BYTES >> 20} MB.")
        unpacked = py7zr.io.BytesIOFactory(MAX_FILE_BYTES + 1)
        if chosen:
            archive.extract(targets=[m.key for m in chosen], factory=unpacked)
        keys = {member.key for member in chosen}
        for member in listed:
            if member.key in keys:
                yield _with_bytes(member, wanted, unpacked.products[member.key].read)
            else:
                yield member


def _seven_zip_time(info: Any) -> float:
    try:
        return float(info.lastwritetime.totimestamp())
    except (AttributeError, TypeError, ValueError, OverflowError):
        return 0.0
