"""What a submission is worth today: checks, manual points, late days and adjustments together."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from autograder.course import CourseError
from autograder.gradebook import manual, policies
from autograder.gradebook.manual import ManualRow, load_manual
from autograder.gradebook.policies import Adjustment, Policy, load_policy
from autograder.grading.result import SubmissionResult


@dataclass(frozen=True)
class ManualMark:
    """A written question of one student."""

    question: str
    title: str
    max_points: float
    extra_credit: bool = False
    points: float | None = None  # None: nobody has graded it yet
    comment: str = ""
    request: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Standing:
    """The sum, and how it came about."""

    checks: float  # points of the checks, extra credit included
    extra: float  # the extra credit in all of it
    manual: list[ManualMark] = field(default_factory=list)
    days_late: float = 0.0
    late_penalty: float = 0.0
    adjustments: list[Adjustment] = field(default_factory=list)
    total: float = 0.0
    max_total: float = 0.0  # without extra credit

    @property
    def manual_points(self) -> float:
        """What people gave."""
        return sum(mark.points or 0.0 for mark in self.manual)

    @property
    def ungraded(self) -> list[ManualMark]:
        """Written questions that nobody has graded yet."""
        return [mark for mark in self.manual if mark.points is None]

    @property
    def open_requests(self) -> list[ManualMark]:
        """Requests to look again that have no answer yet."""
        return [mark for mark in self.manual if mark.request and not mark.answer]


@dataclass
class Decisions:
    """course.toml and manual.csv of one class."""

    policy: Policy = field(default_factory=Policy)
    rows: list[ManualRow] = field(default_factory=list)

    def standing(self, result: SubmissionResult) -> Standing:
        """What this submission is worth."""
        own = {row.question: row for row in self.rows if row.student == result.student}
        marks = [
            _mark(number, title.title, title.max_points, title.extra_credit, own.get(number))
            for number, title in self.policy.manual.items()
        ]
        earned = result.score + sum(mark.points or 0.0 for mark in marks)
        most = result.max_score + sum(m.max_points for m in marks if not m.extra_credit)
        days = self.policy.days_late(result.student, result.submitted)
        lost = self.policy.late_penalty(days, earned, most)
        adjustments = self.policy.of(result.student).adjustments
        total = earned - lost + sum(one.points for one in adjustments)
        return Standing(
            checks=result.score,
            extra=sum(c.points for c in result.checks if c.extra_credit)
            + sum(mark.points or 0.0 for mark in marks if mark.extra_credit),
            manual=marks,
            days_late=days,
            late_penalty=lost,
            adjustments=adjustments,
            total=round(max(0.0, total), 6),
            max_total=round(most, 6),
        )

    def problems(self, students: set[str]) -> list[str]:
        """What in the two files applies to nobody or nothing."""
        found = [
            f"{policies.FILE}: there is no student {name} in these results."
            for name in self.policy.students
            if name not in students
        ]
        for row in self.rows:
            where = f"{manual.FILE}, line {row.line}:"
            asked = self.policy.manual.get(row.question)
            if row.student not in students:
                found.append(f"{where} there is no student {row.student} in these results.")
            elif asked is None:
                found.append(
                    f"{where} question {row.question} is not declared; add "
                    f'[manual."{row.question}"] with max_points to {policies.FILE}.'
                )
            elif row.points is not None and row.points > asked.max_points:
                found.append(f"{where} {row.points:g} points, of at most {asked.max_points:g}.")
        return found


def load_decisions(folder: Path, policy: Path | None = None, rows: Path | None = None) -> Decisions:
    """The two files as they were named, or else those that lie in the results folder."""
    for named in (policy, rows):
        if named is not None and not named.is_file():
            raise CourseError(f"There is no file {named}.")
    return Decisions(
        load_policy(policy or _present(folder / policies.FILE)),
        load_manual(rows or _present(folder / manual.FILE)),
    )


def _present(path: Path) -> Path | None:
    return path if path.is_file() else None


def _mark(number: str, title: str, most: float, extra: bool, row: ManualRow | None) -> ManualMark:
    if row is None:
        return ManualMark(number, title, most, extra)
    return ManualMark(
        number, title, most, extra, row.points, row.comment, row.request, row.answer
    )  # fmt: skip
