"""Reads one submission. Runs confined, on bytes that a student wrote: see `submission`.

The payload is a JSON request and the bytes of files. What comes back is one frame with a JSON
document and the attachment's bytes, and then one with what a reading of the source says.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import IO, Any

import numpy as np

from autograder.intake.archives import members
from autograder.intake.collect import unpack_payload
from autograder.intake.entries import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_TOTAL_BYTES,
    Entries,
    Refused,
    TooMuch,
    is_archive,
    is_ignored,
    is_unreadable_archive,
)
from autograder.intake.logs import read_runs
from autograder.intake.names import clean_path
from autograder.intake.parts import Taken, belongs_to, take_parts
from autograder.intake.remarks import remarks
from autograder.kit.frames import encode
from autograder.kit.source import Modules, all_pieces, without_magics
from autograder.kit.values import Observation, Value


def main(payload: bytes, out: int, archive: IO[bytes] | None = None) -> None:
    """Answer one request; `archive` is that of a whole class, if the submission lies in one."""
    request, files = unpack_payload(payload)
    if request.get("empty"):
        send(out, "submission", {"empty": True})
        return
    try:
        entries = _entries(request, files, archive)
    except Refused as refusal:
        send(out, "submission", {"refused": str(refusal)})
        return
    taken = take_parts(entries, request)
    attachment, no_attachment = _attachment(request, entries)
    document = {
        **asdict(taken),
        "notes": [*entries.notes, *taken.notes],
        "no_attachment": no_attachment,
        "runs": [vars(run) for run in read_runs(entries.files)] if request["logs"] else [],
        "belongs_to": belongs_to(entries, request),
        "names": entries.names[:200],
    }
    send(out, "submission", document, attachment)
    # In a frame of its own, since a compiler can be made to crash:
    read = {"syntax": _syntax(taken), "remarks": remarks(all_pieces(taken.sources))}
    send(out, "syntax", read)


def send(out: int, tag: str, document: dict[str, Any], blob: bytes = b"") -> None:
    """One frame with a JSON document and bytes."""
    text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    values = {
        name: Value("tensor", np.frombuffer(data, np.uint8), "uint8")
        for name, data in (("document", text), ("blob", blob))
    }
    data = memoryview(encode(tag, Observation(values)))
    while data:
        data = data[os.write(out, data) :]


def _entries(
    request: dict[str, Any],
    files: Iterable[tuple[dict[str, Any], bytes]],
    archive: IO[bytes] | None,
) -> Entries:
    found = Entries(notes=list(request["notes"]))
    wanted = tuple(request["suffixes"])
    if archive is not None:
        files = _of_class(archive, request["members"], wanted, found)
    files = list(files)
    alone = sum(is_archive(content["path"]) for content, _ in files) == len(files) == 1
    for content, data in files:
        path = PurePosixPath(content["path"])
        if is_archive(path.name):
            _read_archive(data, str(path), wanted, found, alone)
        elif content["read"]:
            found.seen(path.name)
            found.add(path, data, content["time"])
        else:
            _not_read(path, content["size"], wanted, found)
    found.files.sort(key=lambda entry: (len(entry.path.parts), str(entry.path)))
    return found


def _not_read(path: PurePosixPath, size: int, wanted: tuple[str, ...], found: Entries) -> None:
    found.seen(path.name)
    if is_unreadable_archive(path.name):
        found.note(f"{path} is of a kind that is not opened; submit a .zip file.")
    elif path.suffix.lower() in wanted and size > MAX_FILE_BYTES:
        found.note(f"{path} is larger than {MAX_FILE_BYTES >> 20} MB and was not read.")
        found.too_large.add(path.name)


def _of_class(
    archive: IO[bytes], mine: dict[str, str], wanted: tuple[str, ...], found: Entries
) -> list[tuple[dict[str, Any], bytes]]:
    """The files of one student in the archive of a class. `mine`: key -> the file's own name."""
    below = {key: name for key, name in mine.items() if key.endswith("/")}

    def own_name(key: str) -> str | None:
        if key in mine:
            return mine[key] or PurePosixPath(key).name
        folder = next((one for one in below if key.startswith(one)), None)
        return None if folder is None else below[folder] + key[len(folder) :]

    left = MAX_TOTAL_BYTES

    def is_wanted(path: PurePosixPath, size: int) -> bool:
        nonlocal left
        name = own_name(str(path))
        if name is None or size > MAX_FILE_BYTES or not _is_read(name, wanted):
            return False
        left -= size
        if left < 0:
            raise TooMuch(f"It holds more than {MAX_TOTAL_BYTES >> 20} MB.")
        return True

    files = []
    for member in members(archive, "The archive", is_wanted):
        name = own_name(str(member.path))
        if name is None or is_ignored(PurePosixPath(name).parts):
            continue
        path = PurePosixPath(name)
        content = {"path": name, "size": member.size, "time": member.time}
        content["read"] = member.data is not None
        if member.damage:
            _damaged(path, member.damage, "the archive", found)
        elif member.kind != "file":
            _outside(member.kind, path, "The archive", found)
        else:
            files.append((content, member.data or b""))
    return files


def _is_read(name: str, wanted: tuple[str, ...]) -> bool:
    return is_archive(name) or PurePosixPath(name).suffix.lower() in wanted


def _read_archive(
    data: bytes, name: str, wanted: tuple[str, ...], found: Entries, alone: bool, depth: int = 0
) -> None:
    """An archive that a student made. One that cannot be read costs nothing else that is there."""
    try:
        _read_members(data, name, wanted, found, depth)
    except Refused as refusal:
        if alone or isinstance(refusal, TooMuch):
            raise
        found.note(str(refusal))


def _read_members(
    data: bytes, name: str, wanted: tuple[str, ...], found: Entries, depth: int
) -> None:
    def is_wanted(path: PurePosixPath, size: int) -> bool:
        if is_archive(path.name) and depth:
            return False
        known = _is_read(path.name, wanted) and size <= MAX_FILE_BYTES
        return known and not is_ignored(path.parts)

    for member in members(io.BytesIO(data), name, is_wanted, MAX_FILES):
        path = member.path
        if is_ignored(path.parts):
            continue
        if member.kind != "file":
            _outside(member.kind, path, name, found)
        elif is_archive(path.name) and depth:
            found.note(f"{path} is an archive inside two others; it was not opened.")
        elif is_archive(path.name) and member.data is not None:
            kind = "zip" if path.suffix.lower() == ".zip" else "archive"
            found.note(f"{name} holds another {kind}, {path}; its files were read.")
            found.count(len(member.data))
            _read_archive(member.data, str(path), wanted, found, False, depth + 1)
        elif member.damage:
            _damaged(path, member.damage, name, found)
        elif member.data is not None:
            found.seen(path.name)
            found.add(path, member.data, member.time)
        else:
            _not_read(path, member.size, wanted, found)


def _damaged(path: PurePosixPath, why: str, name: str, found: Entries) -> None:
    found.seen(path.name)
    found.note(f"{path} in {name} cannot be read: {why}.")
    found.damaged[path.name] = why


def _outside(kind: str, path: PurePosixPath, name: str, found: Entries) -> None:
    if kind == "link":
        found.note(f"{path} in {name} is a symbolic link and was not followed.")
    else:
        found.note(f"{name} holds a file with the path {path}, which was not read.")


def _attachment(request: dict[str, Any], entries: Entries) -> tuple[bytes, str]:
    """The file beside the code, or why there is none."""
    wanted = request["attachment"]
    if not wanted:
        return b"", ""
    names = [f"{wanted['name']}{suffix}" for suffix in wanted["suffixes"]]
    spelled = {name.lower(): place for place, name in enumerate(names)}
    found = [e for e in entries.files if e.path.name.lower() in spelled]
    found.sort(key=lambda e: (spelled[e.path.name.lower()], len(e.path.parts)))
    limit = f"{wanted['max_bytes'] / 1e6:g} MB"
    if found and len(found[0].data) <= wanted["max_bytes"]:
        return found[0].data, ""
    if found or {name.lower() for name in entries.too_large} & set(spelled):
        return b"", f"`{names[0]}` is larger than the {limit} that are accepted."
    return b"", f"There is no `{names[0]}` in the submission."


def _syntax(taken: Taken) -> dict[str, str]:
    """Part -> what is wrong with its syntax, and where."""
    return {
        part: wrong
        for part, module in taken.modules.items()
        if (wrong := _first_error(taken.sources, module))
    }


def _first_error(sources: Modules, module: str) -> str:
    pieces = sources[module]
    for label, text in pieces.items():
        try:
            compile(without_magics(text) if len(pieces) > 1 else text, label, "exec")
        except SyntaxError as error:
            return f"{clean_path(label)}, line {error.lineno}: {clean_path(str(error.msg))}"
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            return f"{clean_path(label)}: it cannot be compiled ({type(error).__name__})"
    return ""
