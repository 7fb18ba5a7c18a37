"""What changed between two gradings: who gained, who lost, because of which check, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.gradebook.pages import points, question_order
from autograder.grading.result import CheckResult, ClassResults, SubmissionResult
from autograder.kit.text import one_line


@dataclass(frozen=True)
class Change:
    """One student's points for one check."""

    student: str
    question: str
    check: str
    old: float | None  # None: there was no such check
    new: float | None
    reason: str

    @property
    def gain(self) -> float:
        """Points more, or less than zero."""
        return (self.new or 0.0) - (self.old or 0.0)

    def __str__(self) -> str:
        old, new = (("no check" if p is None else points(p)) for p in (self.old, self.new))
        sign = "+" if self.gain > 0 else "\u2212" if self.gain < 0 else "\u00b1"
        worth = f"{sign}{points(abs(self.gain))}"
        change = f"{worth} in {self.question} {self.check} ({old} \u2192 {new})"
        return f"{self.student}: {change}: {self.reason}"


@dataclass(frozen=True)
class Comparison:
    """Two gradings side by side."""

    changes: list[Change]
    joined: list[str]  # students who are only in the new one
    gone: list[str]
    unchanged: int

    def totals(self) -> list[tuple[str, float]]:
        """Students whose score changed, and by how much; the largest loss first."""
        sums: dict[str, float] = {}
        for change in self.changes:
            sums[change.student] = sums.get(change.student, 0.0) + change.gain
        return sorted(((s, round(g, 6)) for s, g in sums.items()), key=lambda pair: pair[1])


def compare_results(old: ClassResults, new: ClassResults) -> Comparison:
    """All changes of points; the order is that of students in `new`, then of questions."""
    before = {one.student: one for one in old.submissions}
    after = {one.student: one for one in new.submissions}
    both = [one for one in new.submissions if one.student in before]
    changes = [change for one in both for change in _changes(before[one.student], one)]
    changed = {change.student for change in changes}
    return Comparison(
        changes,
        [name for name in after if name not in before],
        [name for name in before if name not in after],
        len(both) - len(changed),
    )


def _changes(old: SubmissionResult, new: SubmissionResult) -> Sequence[Change]:
    mine = {check.id: check for check in old.checks}
    now = {check.id: check for check in new.checks}
    same_work = bool(old.fingerprint) and old.fingerprint == new.fingerprint
    found = []
    for name in dict.fromkeys([*mine, *now]):
        was, is_now = mine.get(name), now.get(name)
        if was and is_now and abs(was.points - is_now.points) < 1e-9:
            continue
        one = is_now or was
        assert one is not None
        found.append(
            Change(
                new.student,
                one.question,
                name,
                was.points if was else None,
                is_now.points if is_now else None,
                _reason(was, is_now, same_work),
            )  # fmt: skip
        )
    return sorted(found, key=lambda change: question_order(change.question))


def _reason(old: CheckResult | None, new: CheckResult | None, same_work: bool) -> str:
    if old is None:
        return "the check is new"
    if new is None:
        return "the check is gone"
    if old.max_points != new.max_points and old.status == new.status:
        return f"the check is worth {points(new.max_points)} instead of {points(old.max_points)}"
    said = new if new.points < old.points else old
    text = said.hint or said.message.partition("\n")[0]
    change = f"{old.status} \u2192 {new.status}" if old.status != new.status else new.status
    note = " (same files, same grader)" if same_work else ""
    return one_line(f"{change}{note}" + (f"; {text}" if text else ""), 240)
