"""Lists the archive of a class, and reads a platform's own metadata. Runs confined."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import IO, Any

from autograder.intake.archives import members
from autograder.intake.collect import unpack_payload
from autograder.intake.entries import Refused
from autograder.intake.names import clean
from autograder.intake.platforms import GRADESCOPE_METADATA
from autograder.intake.reader import send

_MAX_STUDENTS = 5_000


def main(payload: bytes, out: int, archive: IO[bytes] | None = None) -> None:
    """Names, sizes and times of an archive's members, and who Gradescope says submitted what."""
    _, files = unpack_payload(payload)
    document: dict[str, Any] = {"members": [], "submitters": {}}
    texts = [data for _, data in files]
    try:
        if archive is not None:
            for member in members(archive, "The archive", _is_metadata):
                if member.data is not None:
                    texts.append(member.data)
                if member.kind == "file":
                    document["members"].append([str(member.path), member.size, member.time])
    except Refused as refusal:
        document["refused"] = str(refusal)
    try:
        for text in texts:
            document["submitters"] |= submitters(text)
    except Exception as error:  # a parser of YAML raises anything
        document["damaged"] = f"{GRADESCOPE_METADATA} cannot be read ({type(error).__name__})."
    send(out, "listing", document)


def _is_metadata(path: PurePosixPath, size: int) -> bool:
    return path.name == GRADESCOPE_METADATA and size < 10 << 20


def submitters(text: bytes) -> dict[str, list[dict[str, str]]]:
    """Gradescope's folder -> the students it is of: name, sid, email, and the time."""
    import yaml  # only where it is needed

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # texts only: nothing is converted
    content = yaml.load(text, Loader=loader)  # noqa: S506
    found: dict[str, list[dict[str, str]]] = {}
    for folder, given in list(content.items())[:_MAX_STUDENTS]:
        students = given.get(":submitters", given.get("submitters", []))
        found[clean(str(folder), 100)] = [
            {
                key: clean(str(one.get(f":{key}", one.get(key, ""))), 200)
                for key in ("name", "sid", "email")
            }
            for one in students[:50]
        ]
    return found
