"""Names that students chose, as file names and as cells of a table."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from autograder.kit.text import one_line

_SAFE = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}[a-z0-9]|[a-z0-9]")
# Names that mean something to a file system, and what could be the digest of another name.
_NOT_AS_IT_IS = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|\.\.|-[0-9a-f]{10}$")
_FORMULA = tuple("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def file_name(student: str) -> str:
    """A file name for a student: different names never meet, not even where case is ignored.

    Plain lower-case names keep theirs. All others end in a digest of the whole name.
    """
    if _SAFE.fullmatch(student) and not _NOT_AS_IT_IS.search(student):
        return student
    plain = unicodedata.normalize("NFKD", student[:200]).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:40] or "student"
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{stem}-{digest[:10]}"


def cell(value: object) -> str | int | float:
    """A cell of a table: one line of text that no spreadsheet takes for a formula."""
    if isinstance(value, (int, float)):
        return value
    text = one_line(str(value))
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
