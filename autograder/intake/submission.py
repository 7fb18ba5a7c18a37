"""One student's hand-in: the parts that were expected, as text, and what is wrong with them."""

from __future__ import annotations

import difflib
import hashlib
import io
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from autograder.course import CourseAssignment, assignment_names, find_assignment
from autograder.intake.entries import Entries, Entry, Refused, read_entries
from autograder.intake.logs import SUFFIXES, LoggedRun, read_runs
from autograder.kit.assignment import Attachment, Part
from autograder.kit.notebook import Cell, Unreadable, printed_text, read_cells, take_cells
from autograder.kit.source import Modules, all_pieces, python_file
from autograder.kit.verdict import Status

_MAX_SOURCE = 1 << 20


@dataclass(frozen=True)
class Problem:
    """Why a part cannot be graded: the status of all its checks, and the sentence."""

    status: Status
    message: str


@dataclass
class Submission:
    """What one student handed in.

    sources     module name -> pieces of text, under the names they were handed in with
    modules     the assignment's part -> the module that holds it
    problems    the assignment's part -> why it cannot be graded
    attachment  the file handed in beside the code, or nothing
    """

    student: str
    sources: Modules = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    attachment: bytes = b""
    no_attachment: str = ""  # why there is none
    printed: str = ""  # the text of a notebook's saved outputs, capped
    runs: list[LoggedRun] = field(default_factory=list)  # training runs whose logs came along
    problems: dict[str, Problem] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    fingerprint: str = ""

    def problem(self, part: str) -> Problem | None:
        """Why `part` cannot be graded, or None."""
        return self.problems.get(part)


def read_submission(path: Path, assignment: CourseAssignment, student: str = "") -> Submission:
    """Read a folder, a zip or a single file. Never raises for what is inside it."""
    submission = Submission(student or path.stem)
    try:
        entries = read_entries(path, _wanted(assignment))
    except Refused as refusal:
        return _refused(submission, assignment, str(refusal))
    except OSError as error:
        return _refused(submission, assignment, f"{path.name} cannot be read: {error.strerror}.")
    submission.notes = entries.notes[:20]
    for part in assignment.parts:
        try:
            if part.is_notebook:
                _take_notebook(part, entries, submission, assignment)
            else:
                _take_file(part, entries, submission, assignment)
        except _Missing as missing:
            submission.problems[part.name] = Problem("missing", str(missing))
        except (Unreadable, ValueError) as error:
            submission.problems[part.name] = Problem("error", str(error))
    _take_sisters(entries, submission)
    if assignment.attachment:
        _take_attachment(assignment.attachment, entries, submission)
    if assignment.logs:
        submission.runs = read_runs(entries.files)
    submission.fingerprint = fingerprint(
        all_pieces(submission.sources),
        [p.message for p in submission.problems.values()]
        + [hashlib.sha256(submission.attachment).hexdigest(), submission.no_attachment]
        + [submission.printed, str(submission.runs)],
    )
    return submission


def _wanted(assignment: CourseAssignment) -> tuple[str, ...]:
    """Suffixes of the files that are read."""
    notebook = (".ipynb",) if any(part.is_notebook for part in assignment.parts) else ()
    attached = assignment.attachment.suffixes if assignment.attachment else ()
    return (".py", *notebook, *attached, *(SUFFIXES if assignment.logs else ()))


def fingerprint(sources: Mapping[str, str], further: list[str]) -> str:
    """Changes when any of the texts does."""
    digest = hashlib.sha256()
    for text in [*(f"{name}\0{text}" for name, text in sorted(sources.items())), *further]:
        digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return digest.hexdigest()


def _refused(submission: Submission, assignment: CourseAssignment, why: str) -> Submission:
    problem = Problem("refused", f"Your hand-in was not read: {why}")
    submission.problems = {part.name: problem for part in assignment.parts}
    submission.fingerprint = fingerprint({}, [why])
    return submission


class _Missing(Exception):
    """A part was not handed in; the message says what was found in its place."""


def _candidates(
    part: Part, entries: Entries, submission: Submission, assignment: CourseAssignment
) -> list[Entry]:
    """The files that may be this part, the one that is graded first."""
    found = [entry for entry in entries.files if entry.path.name in part.file_names]
    if not found:
        raise _Missing(_what_is_missing(part, entries, assignment))
    # A file still called template counts less than one that was renamed, and a file further
    # down less than one at the top.
    found.sort(key=lambda e: (part.file_names.index(e.path.name), len(e.path.parts)))
    if len(found) > 1:
        others = ", ".join(str(entry.path) for entry in found[1:4])
        submission.notes.append(f"{found[0].path} was graded; {others} was not looked at.")
    return found


def _take_file(
    part: Part, entries: Entries, submission: Submission, assignment: CourseAssignment
) -> None:
    chosen = _candidates(part, entries, submission, assignment)[0]
    submission.sources[chosen.path.stem] = python_file(chosen.path.stem, decode(chosen))
    submission.modules[part.name] = chosen.path.stem


def _take_notebook(
    part: Part, entries: Entries, submission: Submission, assignment: CourseAssignment
) -> None:
    notebooks = [e for e in entries.files if e.path.suffix.lower() == ".ipynb"]
    named = any(e.path.name in part.file_names for e in notebooks)
    if len(notebooks) == 1 and not named:  # under a name of the student's own
        submission.notes.append(f"{notebooks[0].path} was taken for {part.file_names[0]}.")
        chosen = notebooks[0]
    else:
        chosen = _candidates(part, entries, submission, assignment)[0]
    ours = _given_out(assignment.reference / part.file_names[0])
    pieces, notes = take_cells(read_cells(chosen.data), ours)
    submission.printed = printed_text(chosen.data)
    submission.sources[part.name] = pieces
    submission.modules[part.name] = part.name
    submission.notes += notes


@cache
def _given_out(path: Path) -> list[Cell]:
    """The cells of our own notebook: where answers belong, and the setup that is given."""
    return read_cells(path.read_bytes())


def _take_attachment(wanted: Attachment, entries: Entries, submission: Submission) -> None:
    names = [f"{wanted.name}{suffix}" for suffix in wanted.suffixes]
    found = [entry for name in names for entry in entries.files if entry.path.name == name]
    limit = f"{wanted.max_bytes / 1e6:g} MB"
    if found and len(found[0].data) <= wanted.max_bytes:
        submission.attachment = found[0].data
    elif found or entries.too_large & set(names):
        submission.no_attachment = f"`{names[0]}` is larger than the {limit} that are accepted."
    else:
        submission.no_attachment = f"There is no `{names[0]}` in the hand-in."


def decode(entry: Entry) -> str:
    """A Python file's text, or a ValueError with a sentence for the student."""
    name = entry.path.name
    if not entry.data.strip():
        raise ValueError(f"`{name}` is empty.")
    if len(entry.data) > _MAX_SOURCE:
        raise ValueError(f"`{name}` is larger than 1 MB; hand in your code only.")
    if b"\0" in entry.data:
        raise ValueError(f"`{name}` is not a text file (it contains null bytes). {_SAVE_AS_UTF8}")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(entry.data).readline)
    except (SyntaxError, ValueError):
        encoding = "utf-8"  # none is declared, or one that does not exist: see below
    if encoding not in _ENCODINGS:
        raise ValueError(f"`{name}` declares the encoding {encoding[:40]}. {_SAVE_AS_UTF8}")
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
_SAVE_AS_UTF8 = "Save the file as UTF-8 and hand it in again."


def _what_is_missing(part: Part, entries: Entries, assignment: CourseAssignment) -> str:
    expected = part.file_names[0]
    names = list(dict.fromkeys(entries.names))
    if not names:
        return f"The hand-in is empty: `{expected}` was expected."
    python = [name for name in names if name.endswith((".py", ".ipynb", ".txt"))]
    taken = {name for one in assignment.parts for name in one.file_names}
    stems = {name: name.lower().rsplit(".", 1)[0] for name in python if name not in taken}
    near = difflib.get_close_matches(part.name.lower(), stems.values(), n=1, cutoff=0.5)
    if near:
        guess = next(name for name, stem in stems.items() if stem == near[0])
        like = f"Your file `{guess}` looks like it: rename it to `{expected}`."
        return f"There is no `{expected}`. {like}"
    for other in assignment_names():
        if other != assignment.name and _belongs_to(other, names):
            like = f"These look like the files of another assignment, {other}."
            return f"There is no `{expected}`. {like}"
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    return f"There is no `{expected}` in the hand-in, which holds: {shown}."


def _belongs_to(assignment: str, names: list[str]) -> bool:
    parts = find_assignment(assignment).parts
    return any(name in part.file_names for part in parts for name in names)


def _take_sisters(entries: Entries, submission: Submission) -> None:
    """Further modules that the student's files may import."""
    for entry in entries.files:
        stem = entry.path.stem
        if entry.path.suffix.lower() != ".py":
            continue
        if stem.isidentifier() and stem not in submission.sources and len(submission.sources) < 20:
            try:
                submission.sources[stem] = python_file(stem, decode(entry))
            except ValueError:
                continue
