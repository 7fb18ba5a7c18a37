"""Tables for a terminal of 80 columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from autograder.gradebook.pages import points, questions
from autograder.grading.result import ClassResults, SubmissionResult
from autograder.intake.inspect import Inspected

_NAME = 26  # columns for a student's name


def results_table(results: ClassResults) -> Table:
    """Per student the score, where points were lost, and what needs a look."""
    table = Table(title=results.assignment, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("Student", no_wrap=True)
    table.add_column("Score", justify="right", no_wrap=True)
    table.add_column("Points lost by question")
    names = shortened([one.student for one in results.submissions], _NAME)
    for name, submission in zip(names, results.submissions, strict=True):
        score = f"{points(submission.score)} of {points(submission.max_score)}"
        table.add_row(escape(name), score, escape(_lost(submission)))
    return table


def _lost(submission: SubmissionResult) -> str:
    asked = [q for q in questions(submission) if not all(c.extra_credit for c in q.checks)]
    lost = [q for q in asked if q.points < q.max_points]
    if len(lost) == len(asked) and not submission.score:
        return "all"
    said = ", ".join(f"{q.number} \u2212{points(q.max_points - q.points)}" for q in lost)
    return said + "  (remarks)" * bool(submission.remarks)


def totals(results: ClassResults) -> str:
    """In words how many ended how, and who needs a look."""
    kinds = Counter(_kind(one) for one in results.submissions)
    said = ", ".join(f"{kinds[kind]} {kind}" for kind in _KINDS if kinds[kind])
    remarked = [one.student for one in results.submissions if one.remarks]
    look = f" Remarks on {len(remarked)}: see the class report." if remarked else ""
    return f"{len(results.submissions)} submissions: {said}.{look}" if said else "No submissions."


_KINDS = ("complete", "with mistakes", "with checks that timed out", "refused", "blank")


def _kind(submission: SubmissionResult) -> str:
    statuses = {check.status for check in submission.checks}
    if statuses == {"refused"}:
        return "refused"
    if statuses <= {"missing"}:
        return "blank"
    if "timeout" in statuses:
        return "with checks that timed out"
    return "complete" if submission.score >= submission.max_score else "with mistakes"


def preflight_table(rows: Sequence[Inspected], everyone: bool) -> Table:
    """Per student what was found; only those who need a person, unless everyone is asked for."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("Student", no_wrap=True)
    table.add_column("Found")
    table.add_column("Needs a look")
    shown = [row for row in rows if everyone or row.reasons]
    for name, row in zip(shortened([row.student for row in shown], _NAME), shown, strict=True):
        files = [part.file for part in row.parts if part.file]
        table.add_row(escape(name), escape(", ".join(files)), escape("; ".join(row.reasons)))
    return table


def shortened(names: Sequence[str], width: int) -> list[str]:
    """Names of at most `width` characters that differ where the whole names do."""
    short = [name if len(name) <= width else _middle_out(name, width) for name in names]
    seen: Counter[str] = Counter()
    for number, name in enumerate(short):
        seen[name] += 1
        if seen[name] > 1:
            mark = f"~{seen[name]}"
            short[number] = name[: width - len(mark)] + mark
    return short


def _middle_out(name: str, width: int) -> str:
    head = (width - 1) // 2
    return f"{name[:head]}\u2026{name[len(name) - (width - 1 - head) :]}"
