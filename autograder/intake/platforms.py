"""How learning platforms name what they let an instructor download: whose file it is.

Each pattern is anchored and takes names of at most 255 characters. Documented layouts; none of
them is recognised by its content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Owner:
    """Whose a file or folder is, as its name says.

    who    name or user name, as the platform writes it
    key    what tells two students of one name apart, or empty
    name   the file's own name ("" for a folder, whose files keep theirs)
    late   whether the platform marks it so
    when   of the attempt, as text that sorts; empty where the name does not say
    about  whether it is only the platform's own note
    """

    who: str
    key: str = ""
    name: str = ""
    late: bool = False
    when: str = ""
    about: bool = False


Reader = Callable[[str, bool], Owner | None]

_CANVAS = re.compile(r"([^_]{1,150})(_LATE)?_(\d{1,12})_(\d{1,12})_(.{1,200})")
_CANVAS_TEXT = re.compile(r"([^_]{1,150})(_LATE)?_(\d{1,12})_((?:text|link|question_\d+).{0,100})")
_MOODLE = re.compile(r"(.{1,150}?)_(\d{1,12})_assignsubmission_(file|onlinetext)_?(.{0,200})")
_BLACKBOARD = re.compile(r"(.{1,150}?)_attempt_(\d{4}(?:-\d\d){5})(?:_(.{1,200})|\.txt)")
_BRIGHTSPACE = re.compile(r"(\d{1,12})-(\d{1,12}) - (.{1,100}?) - ([^-]{6,40}?)(?: - (.{1,200}))?")
_NBGRADER = re.compile(r"([^+]{1,100})\+([^+]{1,100})\+(\d{4}-\d\d-\d\d \d\d[:\d.]{3,20} ?\w{0,6})"
                       r"(?:\+(.{1,100}))?")  # fmt: skip
_GRADESCOPE = re.compile(r"submission_(\d{1,15})")
GRADESCOPE_METADATA = "submission_metadata.yml"


def canvas(name: str, is_folder: bool) -> Owner | None:
    """smithanna_LATE_1234_56789_vit_solution-1.py, also of groups."""
    if is_folder:
        return None
    found = _CANVAS.fullmatch(name) or _CANVAS_TEXT.fullmatch(name)
    if found is None:
        return None
    return Owner(found[1], found[3], found[found.re.groups], late=bool(found[2]))


def moodle(name: str, is_folder: bool) -> Owner | None:
    """Anna Smith_1234567_assignsubmission_file_/, also as the beginning of a file's name."""
    found = _MOODLE.fullmatch(name)
    if found is None or (is_folder and found[4]):
        return None
    own = "" if is_folder else found[4]
    return Owner(found[1], found[2], own, about=found[3] == "onlinetext" and not is_folder)


def blackboard(name: str, is_folder: bool) -> Owner | None:
    """Assignment_username_attempt_2024-01-31-14-05-33_vit_solution.py."""
    found = None if is_folder else _BLACKBOARD.fullmatch(name)
    if found is None:
        return None
    return Owner(found[1], "", found[3] or name, when=found[2], about=found[3] is None)


def brightspace(name: str, is_folder: bool) -> Owner | None:
    """12345-67890 - Anna Smith - Jan 31, 2024 205 PM/, also as the beginning of a file's name."""
    found = _BRIGHTSPACE.fullmatch(name)
    if found is None or is_folder == bool(found[5]):
        return None
    return Owner(found[3], found[1], found[5] or "", when=_when(found[4]))


def nbgrader(name: str, is_folder: bool) -> Owner | None:
    """user+assignment+2024-01-31 14:05:33 UTC+random/, as the exchange keeps it."""
    found = _NBGRADER.fullmatch(name) if is_folder else None
    return Owner(found[1], found[1], when=found[3]) if found else None


def gradescope(name: str, is_folder: bool) -> Owner | None:
    """submission_123456/; the file of metadata beside it says whose that is."""
    found = _GRADESCOPE.fullmatch(name) if is_folder else None
    return Owner(name, found[1]) if found else None


PLATFORMS: dict[str, Reader] = {
    "Canvas": canvas,
    "Moodle": moodle,
    "Blackboard": blackboard,
    "Brightspace": brightspace,
    "nbgrader": nbgrader,
    "Gradescope": gradescope,
}
OWN_FILES = {"index.html", "index.htm", "manifest.json", ".ds_store", "feedbacks.csv"}
_FORMATS = ("%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p", "%d %B, %Y %H%M", "%B %d, %Y %H%M",
            "%d %b, %Y %H%M", "%b %d, %Y %H%M")  # fmt: skip


def _when(text: str) -> str:
    """A date that sorts; the empty text where it is written in another way."""
    words = text.split()
    if len(words) >= 4 and words[3].isdigit():
        words[3] = words[3].zfill(4)
    for form in _FORMATS:
        try:
            return datetime.strptime(" ".join(words), form).isoformat()
        except ValueError:
            continue
    return ""


def without_assignment(owners: Sequence[str]) -> list[str]:
    """User names out of Blackboard's "Assignment_user": what all begin with is the assignment."""
    different = sorted(set(owners))
    if len(different) == 1:
        return [one.rpartition("_")[2] or one for one in owners]
    first, last = different[0], different[-1]
    shared = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    cut = first.rfind("_", 0, shared) + 1 if shared else 0
    return [one[cut:] or one for one in owners]


def without_prefix(folders: Sequence[str]) -> list[str] | None:
    """User names out of GitHub Classroom's "assignment-user", or None where nothing is shared."""
    different = sorted(set(folders))
    if len(different) < 2:
        return None
    first, last = different[0], different[-1]
    shared = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
                  min(len(first), len(last)))  # fmt: skip
    cut = first.rfind("-", 0, shared) + 1
    return [one[cut:] for one in folders] if cut else None
