"""What is known of one submission, made of what the confined reader sent once that is checked."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, cast

from autograder.intake.discover import Found
from autograder.intake.logs import LoggedRun
from autograder.intake.names import clean
from autograder.kit.source import Modules, all_pieces
from autograder.kit.verdict import Status

_MAX_NOTES, _MAX_TEXT, _MAX_PRINTED = 40, 2 << 20, 100_000
_STATES = ("found", "missing", "empty", "unreadable", "template")
T = TypeVar("T")


class NotInOrder(Exception):
    """The reader sent something that it never would."""


@dataclass(frozen=True)
class Problem:
    """Why a part cannot be graded: the status of all its checks, and the sentence."""

    status: Status
    message: str


@dataclass(frozen=True)
class PartFacts:
    """What was found of a part, before anything is graded.

    state     "found", "missing", "empty", "unreadable", "template" (nothing was added to what was
              released) or "syntax error"
    misnamed  whether the file has another name than it should
    """

    part: str
    file: str = ""
    state: str = "missing"
    detail: str = ""
    misnamed: bool = False


@dataclass
class Submission:
    """What one student submitted.

    sources     module name -> pieces of text, under the names they were submitted with
    modules     the assignment's part -> the module that holds it
    problems    the assignment's part -> why it cannot be graded
    attachment  the file submitted beside the code, or nothing
    parts       the assignment's part -> what was found of it
    belongs_to  another assignment that the files look like, or nothing
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
    remarks: list[str] = field(default_factory=list)  # of a static reading, for the instructor
    parts: dict[str, PartFacts] = field(default_factory=dict)
    belongs_to: str = ""
    found: Found | None = None  # where it lay, and whose it is
    fingerprint: str = ""

    def problem(self, part: str) -> Problem | None:
        """Why `part` cannot be graded, or None."""
        return self.problems.get(part)


# --- the document -------------------------------------------------------------------------------


def fill(submission: Submission, document: Mapping[str, Any], parts: list[str]) -> None:
    """Take over what the reader sent. Names and sentences are cleaned here, once; the student's
    own text stays as it is."""
    try:
        _fill(submission, document, parts)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotInOrder(type(error).__name__) from None


def _fill(submission: Submission, document: Mapping[str, Any], parts: list[str]) -> None:
    submission.sources = {
        _text(module, 300): {clean(_text(label, 1_000)): _source(text) for label, text in
                             _is(pieces, dict).items()}
        for module, pieces in _is(document["sources"], dict).items()
    }  # fmt: skip
    submission.modules = {
        part: _text(module, 300) for part, module in _is(document["modules"], dict).items()
    }
    submission.problems = {
        part: Problem(cast(Status, _one_of(status, ("missing", "error"))), clean(_text(sentence)))
        for part, (status, sentence) in _is(document["problems"], dict).items()
    }
    if set(submission.modules) ^ set(submission.problems) ^ set(parts) or not set(
        submission.modules.values()
    ) <= set(submission.sources):
        raise ValueError
    notes = [clean(_text(note, 20_000)) for note in _is(document["notes"], list)[:_MAX_NOTES]]
    submission.notes += list(dict.fromkeys(notes))
    submission.attachment = _is(document["blob"], bytes)
    submission.no_attachment = clean(_text(document["no_attachment"]))
    submission.printed = _text(document["printed"], _MAX_PRINTED)
    submission.runs = [_run(content) for content in _is(document["runs"], list)[:50]]
    submission.belongs_to = clean(_text(document["belongs_to"], 200))
    wrong = _is(document.get("syntax", dict.fromkeys(parts, _CRASHED)), dict)
    submission.parts = {part: _facts(document["parts"][part], wrong.get(part)) for part in parts}
    said = _is(document.get("remarks", [_NOT_READ]), list)[:20]
    submission.remarks = [clean(_text(remark, 2_000)) for remark in said]


_CRASHED = "it makes the compiler fail"
_NOT_READ = "The source could not be read for remarks: it makes the compiler fail."


def _facts(content: Any, wrong: Any) -> PartFacts:
    facts = PartFacts(
        clean(_text(content["part"], 200)),
        clean(_text(content["file"])),
        _one_of(content["state"], _STATES),
        clean(_text(content["detail"])),
        _is(content["misnamed"], bool),
    )
    if wrong and facts.state in ("found", "template"):
        return PartFacts(facts.part, facts.file, "syntax error", clean(_text(wrong)),
                         facts.misnamed)  # fmt: skip
    return facts


def _run(content: Any) -> LoggedRun:
    if set(content) != {one.name for one in fields(LoggedRun)}:
        raise ValueError
    return LoggedRun(
        clean(_text(content["folder"])),
        _one_of(content["metric"], ("", "acc", "ppl")),
        _is(content["epochs"], int),
        _maybe(content["best"], _number),
        _maybe(content["tested"], _number),
        _maybe(content["parameters"], lambda number: _is(number, int)),
        [clean(_text(oddity)) for oddity in _is(content["oddities"], list)[:50]],
    )


def _is(content: Any, kind: type[T]) -> T:
    if type(content) is not kind:
        raise TypeError
    return content


def _text(content: Any, limit: int = 20_000) -> str:
    if len(_is(content, str)) > limit:
        raise ValueError
    return content.encode("utf-8", "replace").decode("utf-8")


def _source(content: Any) -> str:
    return _text(content, _MAX_TEXT)


def _one_of(content: Any, known: Iterable[str]) -> str:
    if content not in known:
        raise ValueError
    return str(content)


def _number(content: Any) -> float:
    if type(content) not in (int, float) or not math.isfinite(content):
        raise ValueError
    return float(content)


def _maybe(content: Any, read: Callable[[Any], T]) -> T | None:
    return None if content is None else read(content)


# --- what cannot be read, and what changes ------------------------------------------------------


def refuse(submission: Submission, parts: Iterable[str], why: str) -> None:
    """Nothing of the submission can be graded."""
    why = clean(why)
    problem = Problem("refused", f"Your submission was not read: {why}")
    submission.problems = dict.fromkeys(parts, problem)
    submission.parts = {part: PartFacts(part, state="unreadable", detail=why) for part in parts}
    submission.sources, submission.modules = {}, {}


def fingerprint(sources: Mapping[str, str], further: list[str]) -> str:
    """Changes when any of the texts does."""
    digest = hashlib.sha256()
    for text in [*(f"{name}\0{text}" for name, text in sorted(sources.items())), *further]:
        digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return digest.hexdigest()


def fingerprint_of(submission: Submission) -> str:
    """Changes with everything that grading looks at."""
    further = [
        *(f"{part} {problem.message}" for part, problem in sorted(submission.problems.items())),
        str(sorted(submission.modules.items())),
        hashlib.sha256(submission.attachment).hexdigest(),
        submission.no_attachment,
        submission.printed,
        str(submission.runs),
    ]
    return fingerprint(all_pieces(submission.sources), further)
