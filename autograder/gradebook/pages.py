"""The pages people read: one per student, one for the class. Plain HTML files, no scripts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from autograder.grading.result import CheckResult, ClassResults, SubmissionResult

_markdown = MarkdownIt("js-default", {"html": False, "linkify": False, "breaks": True})
_STATUS_WORDS = {
    "passed": "right",
    "failed": "not right yet",
    "error": "stopped with an error",
    "timeout": "took too long",
    "killed": "ended without a result",
    "forbidden": "uses what is not allowed",
    "missing": "not done yet",
    "refused": "not read",
}


@dataclass(frozen=True)
class Question:
    """The checks of one question, with the points they add up to."""

    number: str
    checks: list[CheckResult]

    @property
    def points(self) -> float:
        """What was earned."""
        return sum(check.points for check in self.checks)

    @property
    def max_points(self) -> float:
        """What could be earned."""
        return sum(check.max_points for check in self.checks)


def questions(submission: SubmissionResult) -> list[Question]:
    """The checks by question, in the order of the hand-out."""
    ordered = sorted(submission.checks, key=lambda check: _number(check.question))
    return [
        Question(number, list(checks))
        for number, checks in groupby(ordered, key=lambda check: check.question)
    ]


def student_page(submission: SubmissionResult, results: ClassResults, title: str) -> str:
    """What one student reads."""
    return _render(
        "student.html", submission=submission, questions=questions(submission),
        results=results, title=title,
    )  # fmt: skip


def cell_feedback(checks: list[CheckResult], notes: list[str]) -> str:
    """What stands in a notebook below one question's cell."""
    earned, most = sum(c.points for c in checks), sum(c.max_points for c in checks)
    return _render("cell.html", checks=checks, notes=notes, earned=earned, most=most)


def class_page(results: ClassResults, title: str) -> str:
    """What the instructor reads: scores, points by question, the most frequent mistakes."""
    mistakes = Counter(
        (check.question, check.misconception, check.hint)
        for submission in results.submissions
        for check in {c.misconception: c for c in submission.checks if c.misconception}.values()
    )
    return _render(
        "class.html",
        results=results,
        title=title,
        rows=[(submission, questions(submission)) for submission in results.submissions],
        columns=[q.number for one in results.submissions[:1] for q in questions(one)],
        mistakes=mistakes.most_common(20),
        remarks=[(one.student, remark) for one in results.submissions for remark in one.remarks],
        statistics=_statistics([submission.score for submission in results.submissions]),
    )


def _statistics(scores: list[float]) -> dict[str, float]:
    if not scores:
        return {}
    ordered = sorted(scores)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return {"mean": sum(scores) / len(scores), "median": median, "lowest": ordered[0],
            "highest": ordered[-1]}  # fmt: skip


def _number(question: str) -> list[tuple[int, str]]:
    """2.10 comes after 2.9, and 2.2b after 2.2a."""
    parts = question.split(".")
    digits = ["".join(c for c in part if c.isdigit()) for part in parts]
    return [(int(number or 0), part) for number, part in zip(digits, parts, strict=True)]


def points(value: float) -> str:
    """2 and 0.5, not 2.0 and 0.500."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def markdown(text: str) -> Markup:
    """Safe HTML of a message: whatever a student put into it stays text."""
    return Markup(_markdown.render(text))


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("autograder.gradebook"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"markdown": markdown, "points": points}
    environment.globals |= {"status_words": _STATUS_WORDS}
    return environment
