"""What the instructor reads: the class report, one page that needs nothing beside it."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from autograder.gradebook.analysis import (
    SMALL,
    Bin,
    Item,
    cronbach_alpha,
    histogram,
    item,
    summary,
)
from autograder.gradebook.marks import marks_of
from autograder.gradebook.names import file_name
from autograder.gradebook.pages import points, question_order, questions, render
from autograder.gradebook.similarity import Pair
from autograder.gradebook.standing import Decisions, Standing
from autograder.grading.result import CheckResult, ClassResults, SubmissionResult

_SLOW_SECONDS = 5.0  # and more than three times the median
_CUT_SHORT = {"timeout": "took too long", "killed": "ended without a result"}


@dataclass
class _Row:
    """One student in the table."""

    student: str
    page: str
    standing: Standing
    cells: list[tuple[str, str, float]]  # points, class of the colour, number to sort by
    flags: list[str]  # for the filter
    chips: list[str]  # for people


@dataclass(frozen=True)
class _Line:
    """A question or a check, with its figures and the students who did not get all of it."""

    name: str
    text: str
    max_points: float
    extra_credit: bool
    item: Item
    who: str = ""


@dataclass
class _Lists:
    """Lists of students behind a line; the page writes them out when they are opened."""

    index: dict[str, int]
    who: dict[str, list[int]] = field(default_factory=dict)

    def add(self, students: Sequence[str]) -> str:
        """The key of a new list, or nothing where nobody is on it."""
        if not students:
            return ""
        key = f"w{len(self.who)}"
        self.who[key] = [self.index[student] for student in students]
        return key


@dataclass(frozen=True)
class _Mistake:
    question: str
    name: str
    hint: str
    count: int
    who: str


def class_page(
    results: ClassResults,
    title: str,
    decisions: Decisions | None = None,
    pairs: Sequence[Pair] = (),
) -> str:
    """The whole report. `pairs` are submissions that look alike."""
    decided = decisions or Decisions()
    everybody = results.submissions
    standings = [decided.standing(one) for one in everybody]
    lists = _Lists({one.student: number for number, one in enumerate(everybody)})
    totals = [standing.total for standing in standings]
    most = max((standing.max_total for standing in standings), default=0.0)
    columns = _questions_of(everybody)
    by_question = _question_lines(everybody, columns, lists)
    bars = histogram(totals, most)
    return render(
        "report.html",
        script="report.js",
        title=title,
        count=len(everybody),
        small=len(everybody) < SMALL,
        small_size=SMALL,
        summary=summary(totals),
        most=most,
        alpha=cronbach_alpha([_earned(everybody, number) for number in columns]),
        bars=_bars(bars),
        rows=_rows(everybody, standings, columns),
        columns=columns,
        manual=list(decided.policy.manual),
        by_question=by_question,
        by_check=_check_lines(everybody, lists),
        mistakes=_mistakes(everybody, lists),
        nobody=_nobody(everybody),
        remarks=[(o.student, _page(o.student), o.remarks) for o in everybody if o.remarks],
        cut_short=_cut_short(everybody),
        slow=_slow(everybody),
        requests=[
            (one.student, _page(one.student), mark)
            for one, standing in zip(everybody, standings, strict=True)
            for mark in standing.open_requests
        ],
        problems=decided.problems({one.student for one in everybody}),
        pairs=pairs,
        data=_json({
            "students": [[one.student, _page(one.student)] for one in everybody],
            "who": lists.who,
        }),
    )  # fmt: skip


def _page(student: str) -> str:
    return f"feedback/{file_name(student)}.html"


def _json(value: Any) -> Markup:
    """JSON inside a script element: nothing in it can end the element."""
    text = json.dumps(value, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _questions_of(everybody: Sequence[SubmissionResult]) -> list[str]:
    found = {check.question for one in everybody for check in one.checks}
    return sorted(found, key=question_order)


def _earned(everybody: Sequence[SubmissionResult], question: str) -> list[float]:
    return [sum(c.points for c in one.checks if c.question == question) for one in everybody]


def _rows(
    everybody: Sequence[SubmissionResult], standings: Sequence[Standing], columns: Sequence[str]
) -> list[_Row]:
    rows = []
    for one, standing in zip(everybody, standings, strict=True):
        by_number = {question.number: question for question in questions(one)}
        cells = []
        for number in columns:
            if number not in by_number:
                cells.append(("", "", -1.0))
                continue
            question = by_number[number]
            worth = question.max_points or question.extra_points
            cells.append((points(question.points), _shade(question.points, worth), question.points))
        marks = marks_of(one, standing)
        flags = list(dict.fromkeys(mark.flag for mark in marks))
        chips = [mark.text for mark in marks if mark.text]
        rows.append(_Row(one.student, _page(one.student), standing, cells, flags, chips))
    return rows


def _shade(earned: float, most: float) -> str:
    """Five steps from nothing to everything."""
    if not most:
        return ""
    share = earned / most
    return (
        "h4" if share >= 1 - 1e-9 else "h0" if share <= 1e-9 else f"h{1 + min(2, int(3 * share))}"
    )


def _question_lines(
    everybody: Sequence[SubmissionResult], columns: Sequence[str], lists: _Lists
) -> list[_Line]:
    scores = [one.score for one in everybody]
    lines = []
    for number in columns:
        checks = _first_checks(everybody, lambda c, number=number: c.question == number)
        most = sum(c.max_points for c in checks)
        earned = _earned(everybody, number)
        functions = dict.fromkeys(c.target.partition(":")[2] or c.target for c in checks)
        short = [o.student for o, e in zip(everybody, earned, strict=True) if e < most - 1e-9]
        lines.append(
            _Line(number, ", ".join(functions), most, all(c.extra_credit for c in checks),
                  item(earned, most, scores), lists.add(short))
        )  # fmt: skip
    return lines


def _first_checks(everybody: Sequence[SubmissionResult], wanted: Any) -> list[CheckResult]:
    """The checks of the class, each once: some students may have fewer than others."""
    found: dict[str, CheckResult] = {}
    for one in everybody:
        for check in one.checks:
            if wanted(check):
                found.setdefault(check.id, check)
    return list(found.values())


def _check_lines(everybody: Sequence[SubmissionResult], lists: _Lists) -> list[_Line]:
    scores = [one.score for one in everybody]
    own = [{check.id: check.points for check in one.checks} for one in everybody]
    checks = _first_checks(everybody, lambda _: True)
    lines = []
    for check in sorted(checks, key=lambda c: question_order(c.question)):
        earned = [mine.get(check.id, 0.0) for mine in own]
        short = [
            one.student
            for one, got in zip(everybody, earned, strict=True)
            if got < check.max_points - 1e-9
        ]
        lines.append(
            _Line(check.question, check.summary or check.id, check.max_points, check.extra_credit,
                  item(earned, check.max_points, scores), lists.add(short))
        )  # fmt: skip
    return lines


def _mistakes(everybody: Sequence[SubmissionResult], lists: _Lists) -> list[_Mistake]:
    students: dict[tuple[str, str], list[str]] = defaultdict(list)
    hints: dict[tuple[str, str], str] = {}
    for one in everybody:
        for key, hint in {
            (c.question, c.misconception): c.hint for c in one.checks if c.misconception
        }.items():
            students[key].append(one.student)
            hints[key] = hint
    ranked = sorted(students.items(), key=lambda pair: (-len(pair[1]), question_order(pair[0][0])))
    return [
        _Mistake(question, name, hints[question, name], len(names), lists.add(names))
        for (question, name), names in ranked
    ]


def _nobody(everybody: Sequence[SubmissionResult]) -> list[tuple[str, str]]:
    """Functions, with their question, of which no student earned all points."""
    full: dict[tuple[str, str], bool] = {}
    for one in everybody:
        mine: dict[tuple[str, str], bool] = {}
        for check in one.checks:
            key = (check.question, check.target)
            got = check.points >= check.max_points - 1e-9
            mine[key] = mine.get(key, True) and got
        for key, right in mine.items():
            full[key] = full.get(key, False) or right
    return [key for key, right in full.items() if not right]


def _cut_short(everybody: Sequence[SubmissionResult]) -> list[tuple[str, str, str, list[str]]]:
    """Students with checks that took too long or were killed, and which."""
    found = []
    for one in everybody:
        for status, words in _CUT_SHORT.items():
            names = [f"{c.question} {c.summary or c.id}" for c in one.checks if c.status == status]
            if names:
                found.append((one.student, _page(one.student), words, names))
    return found


def _slow(everybody: Sequence[SubmissionResult]) -> list[tuple[str, str, float]]:
    if not everybody:
        return []
    limit = max(_SLOW_SECONDS, 3 * statistics.median(one.seconds for one in everybody))
    slow = sorted((o for o in everybody if o.seconds > limit), key=lambda o: -o.seconds)
    return [(one.student, _page(one.student), one.seconds) for one in slow[:10]]


def _bars(bars: Sequence[Bin]) -> list[dict[str, Any]]:
    """The histogram's bars in the coordinates of its drawing, 720 by 200."""
    if not bars:
        return []
    tallest, width = max(1, *(one.count for one in bars)), 720 / len(bars)
    return [
        {
            "x": round(number * width, 2), "width": round(width, 2),
            "height": round(165 * one.count / tallest, 2), "bin": one,
            "low": points(one.low), "high": points(one.high),
            "label": f"{points(one.low)} to {points(one.high)} points",
            "tick": number < len(bars) - 1 and (len(bars) <= 12 or number % 2 == 0),
            "fine": bool(number % 4) or len(bars) - number < 4,  # no room for it on a phone
        }
        for number, one in enumerate(bars)
    ]  # fmt: skip
