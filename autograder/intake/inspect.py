"""Pre-flight: what was found of each submission, and which of them need a person.

Facts only; how they are shown is the front end's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.intake.discover import Found
from autograder.intake.submission import PartFacts, Submission

LOOK = {
    "missing": "missing",
    "empty": "empty",
    "unreadable": "unreadable",
    "template": "identical to the template",
    "syntax error": "syntax error",
}


@dataclass(frozen=True)
class Inspected:
    """One row of the pre-flight table.

    parts      every part of the assignment: which file it is, and what state it is in
    reasons    why a person should look at it, in short words; none for most
    """

    student: str
    name: str = ""
    section: str = ""
    group: tuple[str, ...] = ()
    late: bool = False
    parts: tuple[PartFacts, ...] = ()
    attachment: bool = False
    runs: int = 0
    belongs_to: str = ""
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def inspect(submission: Submission) -> Inspected:
    """The row of one submission."""
    found = submission.found or Found(submission.student, Path())
    return Inspected(
        submission.student,
        found.name,
        found.section,
        found.group,
        found.late,
        tuple(submission.parts.values()),
        bool(submission.attachment),
        len(submission.runs),
        submission.belongs_to,
        tuple(_reasons(submission, found)),
        tuple(submission.notes),
    )


def _reasons(submission: Submission, found: Found) -> Iterable[str]:
    problems = {problem.status for problem in submission.problems.values()}
    if "refused" in problems:
        yield "refused"
    elif submission.belongs_to:
        yield f"another assignment's: {submission.belongs_to}"
    else:
        for state, words in LOOK.items():
            parts = [one.part for one in submission.parts.values() if one.state == state]
            if parts:
                yield f"{words}: {', '.join(parts)}"
    misnamed = [one.file for one in submission.parts.values() if one.misnamed]
    if misnamed:
        yield f"misnamed: {', '.join(misnamed)}"
    if found.late:
        yield "late"
    if found.in_roster is False:
        yield "not in the roster"


@dataclass
class ClassLook:
    """Counts over a class while it streams by: whose assignment it is."""

    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, row: Inspected) -> None:
        """One more submission."""
        if row.belongs_to:
            self._counts[row.belongs_to] += 1
        elif any(part.state in ("found", "template", "syntax error") for part in row.parts):
            self._counts[""] += 1

    @property
    def belongs_to(self) -> str:
        """Another assignment that more than half of the class looks like, or nothing."""
        most, count = next(iter(self._counts.most_common(1)), ("", 0))
        return most if 2 * count > sum(self._counts.values()) else ""


def looks_like(rows: Iterable[Inspected]) -> str | None:
    """The other assignment whose class this is, or None."""
    look = ClassLook()
    for row in rows:
        look.add(row)
    return look.belongs_to or None
