"""What is to be said of a submission in a few words: for tables, filters and the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.gradebook.pages import points
from autograder.gradebook.standing import Decisions, Standing
from autograder.grading.result import ClassResults, SubmissionResult

_LOOK = {"remarks", "unread", "nothing", "cut", "request"}  # somebody should look at these


@dataclass(frozen=True)
class Mark:
    """A property of a submission: a word to filter by, and words for people (or none)."""

    flag: str
    text: str = ""


def marks_of(one: SubmissionResult, standing: Standing) -> list[Mark]:
    """Everything that is to be said of it; `look` stands in front where somebody should look."""
    found = list(_marks(one, standing))
    needs_a_look = any(mark.flag in _LOOK for mark in found)
    return [Mark("look"), *found] if needs_a_look else found


def _marks(one: SubmissionResult, standing: Standing) -> Iterator[Mark]:
    statuses = Counter(check.status for check in one.checks)
    if one.remarks:
        yield Mark("remarks", f"{len(one.remarks)} remark{'s' * (len(one.remarks) > 1)}")
    if one.checks and statuses["refused"] == len(one.checks):
        yield Mark("unread", "not read")
    elif one.checks and statuses["missing"] + statuses["refused"] == len(one.checks):
        yield Mark("nothing", "nothing found")
    if statuses["timeout"] or statuses["killed"]:
        yield Mark("cut", "cut short")
    if statuses["forbidden"]:
        yield Mark("forbidden", "forbidden call")
    if standing.open_requests:
        yield Mark("request", "asks for a second look")
    if standing.days_late:
        yield Mark("late", f"{points(round(standing.days_late, 1))} days late")
    if standing.extra:
        yield Mark("extra", f"{points(standing.extra)} extra credit")
    if standing.ungraded:
        yield Mark("open")
    if standing.max_total and standing.total >= standing.max_total - 1e-9:
        yield Mark("full")


def in_words(results: ClassResults, decisions: Decisions | None = None) -> list[str]:
    """A class in a few sentences, for a terminal: how it did, and who needs a look and why."""
    decided = decisions or Decisions()
    marked = [(one.student, marks_of(one, decided.standing(one))) for one in results.submissions]
    count = len(marked)
    full = sum(any(mark.flag == "full" for mark in marks) for _, marks in marked)
    lines = [f"{count} submission{'s' * (count != 1)}, {full} with full points."]
    for student, marks in marked:
        why = [mark.text for mark in marks if mark.flag in _LOOK]
        if why:
            lines.append(f"Needs a look: {student} ({', '.join(why)}).")
    return lines
