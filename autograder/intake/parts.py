"""Which file of a submission is which part, under any name. Runs confined."""

from __future__ import annotations

import difflib
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from autograder.intake.entries import Entries, Entry
from autograder.intake.names import Recognised, clean_path, listed, recognise
from autograder.kit.notebook import Cell, Unreadable, printed_text, read_cells, take_cells
from autograder.kit.source import Modules, python_file

_MAX_SOURCE = 1 << 20
_MAX_SISTERS, _MAX_SISTER_TEXT = 40, 4 << 20
_SAME_TIME = 60.0  # seconds; what is copied or unpacked together
_OLD = {"old", "backup", "backups", "archive", "archived", "previous", "template", "templates",
        "starter", "original", "orig", "bak"}  # fmt: skip


@dataclass
class Taken:
    """What was made of the files."""

    sources: Modules = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    problems: dict[str, tuple[str, str]] = field(default_factory=dict)  # part -> status, sentence
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)  # part -> facts
    notes: list[str] = field(default_factory=list)
    printed: str = ""


class Missing(Exception):
    """A part was not submitted; the message says what was found in its place."""


class Empty(ValueError):
    """A part's file has nothing in it."""


@dataclass(frozen=True)
class _Candidate:
    """A file that may be a part."""

    entry: Entry
    seen: Recognised
    own: int  # lines that are not those of the template; -1 where it cannot be read

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """The first of these is graded; further down is what was set aside."""
        aside = any(part.lower() in _OLD for part in self.entry.path.parts[:-1])
        return self.own <= 0, self.seen.template, aside


def take_parts(entries: Entries, request: dict[str, Any]) -> Taken:
    """Find every part, and the further modules that they may import."""
    taken = Taken()
    for part in request["parts"]:
        name, expected = part["name"], part["file"]
        facts = {"part": name, "file": "", "state": "found", "detail": "", "misnamed": False}
        taken.parts[name] = facts
        try:
            chosen = _choose(part, entries, request, taken.notes)
            facts["file"] = str(chosen.entry.path)
            facts["misnamed"] = not chosen.seen.exact and not (
                chosen.seen.template and chosen.entry.path.stem.startswith(name)
            )
            if facts["misnamed"]:
                taken.notes.append(f"{chosen.entry.path} was taken for {expected}.")
            if part["notebook"]:
                _take_notebook(part, chosen, taken)
            else:
                _take_file(name, chosen, taken)
            if chosen.own == 0:
                facts["state"] = "template"
        except Missing as error:
            facts |= {"state": "missing", "detail": str(error)}
            taken.problems[name] = "missing", str(error)
        except Empty as error:
            facts |= {"state": "empty", "detail": str(error)}
            taken.problems[name] = "error", str(error)
        except (Unreadable, ValueError) as error:
            facts |= {"state": "unreadable", "detail": str(error)}
            taken.problems[name] = "error", str(error)
    _take_sisters(entries, taken)
    return taken


def _choose(
    part: dict[str, Any], entries: Entries, request: dict[str, Any], notes: list[str]
) -> _Candidate:
    found = list(_candidates(part, entries, request))
    if not found:
        raise Missing(_what_is_missing(part, entries, request))
    chosen, why = _best(found)
    others = [str(c.entry.path) for c in found if c is not chosen]
    if others:
        because = f" It is {why}." if why else ""
        notes.append(f"{chosen.entry.path} was graded; {listed(others, 3)} was not.{because}")
    return chosen


def _best(found: list[_Candidate]) -> tuple[_Candidate, str]:
    """The candidate that is graded, and what decided between equals."""
    best = min(candidate.rank for candidate in found)
    equal = [candidate for candidate in found if candidate.rank == best]
    if len(equal) == 1:
        return equal[0], ""
    newest = max(equal, key=lambda c: c.entry.time)
    rest = [c.entry.time for c in equal if c is not newest]
    if min(rest) > 0 and newest.entry.time - max(rest) > _SAME_TIME:
        return newest, "the newer one"
    copies = max(equal, key=lambda c: c.seen.copy)
    if sum(c.seen.copy == copies.seen.copy for c in equal) == 1:
        return copies, "the later copy"
    shallow = min(len(c.entry.path.parts) for c in equal)
    equal.sort(key=lambda c: (-c.own, len(c.entry.path.parts), str(c.entry.path)))
    if equal[0].own > equal[1].own:
        return equal[0], "the fuller one"
    return next(c for c in equal if len(c.entry.path.parts) == shallow), ""


def _candidates(
    part: dict[str, Any], entries: Entries, request: dict[str, Any]
) -> Iterator[_Candidate]:
    suffix = ".ipynb" if part["notebook"] else ".py"
    files = [e for e in entries.files if e.path.suffix.lower() == suffix]
    known = {one["name"] for one in request["parts"] if one["notebook"] == part["notebook"]}
    if not part["notebook"]:
        known |= {name for names in request["others"].values() for name in names}
    seen = [(entry, recognise(entry.path.stem, known)) for entry in files]
    theirs = [(entry, one) for entry, one in seen if one and one.name == part["name"]]
    exact = [entry for entry, one in theirs if one.exact and entry.path.suffix == suffix]
    if part["notebook"] and not exact:  # under a name of the student's own
        theirs = [(entry, Recognised(part["name"])) for entry in files]
    for entry, one in theirs:
        exactly = one.exact and entry.path.suffix == suffix
        kept = one if exactly == one.exact else Recognised(one.name)
        yield _Candidate(entry, kept, _own_lines(entry, part))


def _own_lines(entry: Entry, part: dict[str, Any]) -> int:
    """How many lines are not in the template."""
    given = set(part["template"])
    try:
        if part["notebook"]:
            ours = {cell["answer"] for cell in part["cells"] if cell["answer"]}
            cells = [cell for cell in read_cells(entry.data) if cell.answer in ours]
            if not cells:
                return -1
            text = "\n".join(cell.text for cell in cells)
        else:
            text = decode(entry)
    except (Unreadable, ValueError):
        return -1
    return sum(line not in given for line in essence(text))


def essence(text: str) -> list[str]:
    """The lines of a text that a student may have written: no comments, blanks, unsolved tasks."""
    lines = ("".join(line.split()) for line in text.splitlines())
    return [
        line.replace("_solution_template", "_solution")
        for line in lines
        if line and not line.startswith(("#", "raiseNotImplementedError"))
    ]


# --- texts --------------------------------------------------------------------------------------


def _take_file(name: str, chosen: _Candidate, taken: Taken) -> None:
    """A Python file, importable by the name of its part and by its own."""
    stem = chosen.entry.path.stem
    text = decode(chosen.entry)
    pieces = python_file(stem, text)
    module = stem if chosen.seen.template and stem.isidentifier() else name
    taken.sources[module] = pieces
    taken.modules[name] = module
    if stem.isidentifier():
        taken.sources.setdefault(stem, pieces)


def _take_notebook(part: dict[str, Any], chosen: _Candidate, taken: Taken) -> None:
    ours = [Cell(**cell) for cell in part["cells"]]
    file = chosen.entry.path.name
    pieces, notes = take_cells(read_cells(chosen.entry.data, file), ours, file)
    taken.printed = printed_text(chosen.entry.data)
    taken.sources[part["name"]] = pieces
    taken.modules[part["name"]] = part["name"]
    taken.notes += notes


def _take_sisters(entries: Entries, taken: Taken) -> None:
    """Further modules that the student's files may import."""
    room, left = _MAX_SISTER_TEXT, _MAX_SISTERS
    for entry in entries.files:
        stem = entry.path.stem
        if entry.path.suffix.lower() != ".py" or not stem.isidentifier() or not left:
            continue
        if stem in taken.sources or len(entry.data) > room:
            continue
        try:
            taken.sources[stem] = python_file(stem, decode(entry))
        except ValueError:
            continue
        room, left = room - len(entry.data), left - 1


def decode(entry: Entry) -> str:
    """A Python file's text, or a ValueError with a sentence for the student."""
    name = entry.path.name
    if not entry.data.strip():
        raise Empty(f"`{name}` is empty.")
    if len(entry.data) > _MAX_SOURCE:
        raise ValueError(f"`{name}` is larger than 1 MB; submit your code only.")
    if b"\0" in entry.data:
        raise ValueError(f"`{name}` is not a text file (it contains null bytes). {_SAVE_AS_UTF8}")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(entry.data).readline)
    except (SyntaxError, ValueError):
        encoding = "utf-8"  # none is declared, or one that does not exist: see below
    if encoding not in _ENCODINGS:
        shown = clean_path(encoding[:40])
        raise ValueError(f"`{name}` declares the encoding {shown}. {_SAVE_AS_UTF8}")
    try:
        return entry.data.decode(encoding)
    except UnicodeDecodeError as error:
        line = entry.data[: error.start].count(b"\n") + 1
        byte = entry.data[error.start]
        raise ValueError(
            f"`{name}`, line {line}: byte 0x{byte:02x} is not valid {error.encoding}. "
            + _SAVE_AS_UTF8
        ) from None


# Others turn text into other text (rot13, utf-7, unicode_escape) or need code that is rarely run.
_ENCODINGS = {"utf-8", "utf-8-sig", "ascii", "iso-8859-1", "iso-8859-15", "latin-1", "cp1252"}
_SAVE_AS_UTF8 = "Save the file as UTF-8 and submit it again."


# --- what is not there --------------------------------------------------------------------------


def _what_is_missing(part: dict[str, Any], entries: Entries, request: dict[str, Any]) -> str:
    expected = part["file"]
    names = list(dict.fromkeys(entries.names))
    if not names:
        return f"The submission is empty: `{expected}` was expected."
    for name, why in entries.damaged.items():
        if name in part["names"]:
            return f"`{name}` cannot be read: {why}."
    if entries.too_large & set(part["names"]):
        return f"`{expected}` is too large and was not read; submit your code only."
    taken = {name for one in request["parts"] for name in one["names"]}
    python = [n for n in names if n.lower().endswith((".py", ".ipynb", ".txt")) and n not in taken]
    stems = {name: name[:200].lower().rsplit(".", 1)[0] for name in python[:200]}
    near = difflib.get_close_matches(part["name"].lower(), stems.values(), n=1, cutoff=0.5)
    other = belongs_to(entries, request)
    if near and not other:
        guess = next(name for name, stem in stems.items() if stem == near[0])
        like = f"Your file `{guess}` looks like it: rename it to `{expected}`."
        return f"There is no `{expected}`. {like}"
    if other:
        like = f"These look like the files of another assignment, {other}."
        return f"There is no `{expected}`. {like}"
    return f"There is no `{expected}` in the submission, which holds: {listed(names)}."


def belongs_to(entries: Entries, request: dict[str, Any]) -> str:
    """The other assignment that most of the recognised files are of, if any."""
    own = {part["name"] for part in request["parts"] if not part["notebook"]}
    known = dict.fromkeys(own, "")
    for assignment, names in request["others"].items():
        known |= {name: assignment for name in names if name not in own}
    counts: dict[str, int] = {}
    for entry in entries.files:
        if entry.path.suffix.lower() == ".py":
            seen = recognise(entry.path.stem, known)
            if seen:
                counts[known[seen.name]] = counts.get(known[seen.name], 0) + 1
        elif entry.path.suffix.lower() == ".ipynb":
            other = _notebook_of(entry, request["marks"])
            if other is not None:
                counts[other] = counts.get(other, 0) + 1
    most = max(counts, key=lambda name: counts[name], default="")
    return most if counts.get("", 0) < counts.get(most, 0) else ""


def _notebook_of(entry: Entry, marks: dict[str, list[str]]) -> str | None:
    """The assignment whose answer cells a notebook has; "" for the assignment itself."""
    try:
        answers = {cell.answer for cell in read_cells(entry.data) if cell.answer}
    except Unreadable:
        return None
    found = {name: len(answers & set(ids)) for name, ids in marks.items()}
    most = max(found, key=lambda name: found[name], default="")
    return most if found.get(most) else None
