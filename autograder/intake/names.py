"""Names that strangers wrote: cleaned for display, and recognised as a part of an assignment."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_TEXT = 2_000
MAX_NAME = 255

_ANSI = re.compile(r"\x1b(?:\[[0-9;:?]{0,40}[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?|[@-Z\\-_])")
_COPY = re.compile(r"(?: ?\((\d{1,3})\)|-(\d{1,3})|_(\d{1,2})| ?- ?copy(?: ?\((\d{1,3})\))?)$")
_COPY_OF = re.compile(r"^copy (?:\((\d{1,3})\) )?of ")
_GAP = re.compile(r"[\s.\-_+,;()\[\]]+")
_TEMPLATE = re.compile(r"_(?:template|vorlage|blank)$")


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """One line of text that can be printed and written to a file: no control characters, no
    terminal sequences, no halves of characters, no invisible marks that reorder it."""
    if text.isprintable() and len(text) <= limit:
        return text
    text = _ANSI.sub("", text[: 4 * limit])
    shown = "".join(_shown(character) for character in text)
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def _shown(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cs":  # half of a character: a byte that is not UTF-8, or nonsense in JSON
        return "\N{REPLACEMENT CHARACTER}"
    return " " if kind in ("Cc", "Zl", "Zp") else "" if kind in ("Cf", "Co", "Cn") else character


def clean_path(path: str) -> str:
    """A path for display, of at most `MAX_NAME` characters; its end, with the suffix, is kept."""
    shown = clean(path).strip() or "(no name)"
    return shown if len(shown) <= MAX_NAME else f"{shown[: MAX_NAME - 43]}...{shown[-40:]}"


def folded(name: str) -> str:
    """What two names share when one file name would be made of both."""
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFKD", name).casefold()).strip("_")


@dataclass(frozen=True)
class Recognised:
    """Which known name a file's name stands for, and how.

    name      the known name
    exact     whether it is spelled just so
    template  whether the file is still called a template
    copy      the number that a browser or a platform has put behind it
    before    what stands in front of it, a course's or a student's name for instance
    """

    name: str
    exact: bool = False
    template: bool = False
    copy: int = 0
    before: str = ""


def recognise(stem: str, known: Iterable[str]) -> Recognised | None:
    """The known name that a file's stem stands for; the longest where several would do.

    Case, blanks, hyphens, numbers of copies, `_template`, prefixes and suffixes do not matter.
    """
    known = list(known)
    if stem in known:
        return Recognised(stem, exact=True)
    plain, copy = _without_copy(unicodedata.normalize("NFKC", stem[:300]).lower().strip())
    words = _GAP.sub("_", plain).strip("_")
    bare = _TEMPLATE.sub("", words)
    for name in sorted(known, key=len, reverse=True):
        wanted = name.lower()
        before = _around(bare, wanted)
        if before is not None:
            return Recognised(name, False, bare != words, copy, before)
    return None


def _without_copy(stem: str) -> tuple[str, int]:
    """The stem without the marks of a copy, and the copy's number."""
    number = 0
    found = _COPY_OF.match(stem)
    if found:
        stem, number = stem[found.end() :], int(found[1] or 1)
    for _ in range(3):  # "name (1)-2"
        found = _COPY.search(stem)
        if not found:
            break
        stem = stem[: found.start()]
        number = max(number, *(int(group or 1) for group in found.groups()))
    return stem, number


def _around(words: str, wanted: str) -> str | None:
    """What stands before `wanted` in `words`; None where it is not there as whole words."""
    if words.replace("_", "") == wanted.replace("_", ""):
        return ""
    if words.endswith(f"_{wanted}"):
        return words[: -len(wanted) - 1]
    if words.startswith(f"{wanted}_"):
        return ""
    place = words.find(f"_{wanted}_")
    return words[:place] if place > 0 else None


def listed(names: Sequence[str], most: int = 5) -> str:
    """A few names in a sentence."""
    shown = ", ".join(names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
