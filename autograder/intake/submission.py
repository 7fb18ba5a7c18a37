"""Reads submissions: something comes back for anything that was submitted.

Nothing of a submission is parsed in this process. Files are collected as bytes and read in a
confined child; what the child sends is checked before it is used (see `record`). What cannot be
read is refused, with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from autograder.course import CourseAssignment, CourseError
from autograder.intake.collect import collect
from autograder.intake.confined import ConfinedReader, run_reader
from autograder.intake.discover import Found, as_path, one_submission
from autograder.intake.entries import Refused
from autograder.intake.names import clean
from autograder.intake.record import (
    NotInOrder,
    PartFacts,
    Problem,
    Submission,
    fill,
    fingerprint,
    fingerprint_of,
    refuse,
)
from autograder.intake.request import request_of, suffixes_of

__all__ = ["PartFacts", "Problem", "Submission", "fingerprint", "read_class", "read_submission",
           "require_reader"]  # fmt: skip

_READER = "autograder.intake.reader"


def read_class(
    found: Iterable[Found], assignment: CourseAssignment, sandbox: ConfinedReader
) -> Iterator[Submission]:
    """One submission after the other: only one is in memory at a time."""
    for one in found:
        yield read_submission(one, assignment, sandbox)


def read_submission(
    found: Found | Path, assignment: CourseAssignment, sandbox: ConfinedReader, student: str = ""
) -> Submission:
    """Read what one student submitted. Raises only where no submission at all can be read."""
    if isinstance(found, Path):
        found = one_submission(found, student)
    submission = Submission(found.student, notes=list(found.notes), found=found)
    parts = [part.name for part in assignment.parts]
    try:
        document = _read(found, assignment, sandbox)
        if isinstance(document, str):
            require_reader(sandbox)
            refuse(submission, parts, f"{document}.")
        elif "refused" in document:
            refuse(submission, parts, str(document["refused"]))
        else:
            fill(submission, document, parts)
    except Refused as refusal:
        refuse(submission, parts, str(refusal))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        refuse(submission, parts, f"{clean(found.root.name, 100)} cannot be read: {reason}.")
    except NotInOrder as error:
        refuse(submission, parts, f"what was read of it is not in order ({error}).")
    submission.fingerprint = fingerprint_of(submission)
    return submission


def _read(
    found: Found, assignment: CourseAssignment, sandbox: ConfinedReader
) -> dict[str, Any] | str:
    suffixes = suffixes_of(assignment)
    request = request_of(assignment)
    if found.in_archive:
        request |= {"members": dict(found.members), "files": [], "notes": []}
        with found.root.open("rb") as archive:
            return run_reader(sandbox, _READER, request, [], archive.fileno())
    members = [(as_path(found, key), name) for key, name in found.members]
    collected = collect(members or [(found.root, "")], suffixes)
    request |= {"files": collected.files, "notes": collected.notes[:20]}
    return run_reader(sandbox, _READER, request, collected.data)


def require_reader(sandbox: ConfinedReader) -> None:
    """`CourseError` where not even nothing can be read: then it is no student's fault."""
    document = run_reader(sandbox, _READER, {"empty": True}, [])
    if isinstance(document, str) or document.get("empty") is not True:
        raise CourseError(
            "Submissions cannot be read on this machine: the confined reader fails on an empty "
            f"one, too ({document}). Run `make setup`, and see that there is memory left."
        )
