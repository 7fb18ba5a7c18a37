"""What students read: a page each, and the feedback below a notebook's cell.

Every page is one file without anything remote. Its Content-Security-Policy allows exactly the
style sheet and the script that we put into it, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from autograder.gradebook.standing import Decisions, Standing
from autograder.grading.result import CheckResult, SubmissionResult
from autograder.kit.text import clean

# Text, code spans, emphasis and lists: no HTML, links, images or headings.
_markdown = MarkdownIt("zero", {"breaks": True}).enable(
    ["backticks", "emphasis", "escape", "newline", "list", "fence"]
)
_SPEAKS_OF_X_AND_Y = re.compile(r"\b[xy] (?:=|is|has|contains)(?= )")
_NONE = "'none'"
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
        """What was earned, extra credit included."""
        return round(sum(check.points for check in self.checks), 6)

    @property
    def max_points(self) -> float:
        """What could be earned without extra credit."""
        return round(sum(c.max_points for c in self.checks if not c.extra_credit), 6)

    @property
    def extra_points(self) -> float:
        """The extra credit that could be earned."""
        return round(sum(c.max_points for c in self.checks if c.extra_credit), 6)

    @property
    def open(self) -> list[CheckResult]:
        """What did not pass, or has a message to read."""
        return [c for c in self.checks if c.status != "passed" or c.points < c.max_points]

    @property
    def open_groups(self) -> list[list[CheckResult]]:
        """The same, with neighbours together that have one reason in common."""
        groups = groupby(self.open, key=lambda check: (check.status, check.message))
        return [list(checks) for _, checks in groups]

    @property
    def passed(self) -> list[CheckResult]:
        """What needs no attention."""
        return [c for c in self.checks if c not in self.open]

    @property
    def hints(self) -> list[str]:
        """Each hint once."""
        return list(dict.fromkeys(check.hint for check in self.checks if check.hint))

    @property
    def functions(self) -> list[str]:
        """The functions graded, each once."""
        return list(dict.fromkeys(c.target.partition(":")[2] or c.target for c in self.checks))

    @property
    def speaks_of_x_and_y(self) -> bool:
        """Whether a message compares the student's value, x, with the expected one, y."""
        return any(_SPEAKS_OF_X_AND_Y.search(check.message) for check in self.checks)


@dataclass(frozen=True)
class Step:
    """Something to work on next."""

    question: str
    gain: float
    advice: str
    extra_credit: bool


def questions(submission: SubmissionResult) -> list[Question]:
    """The checks by question, in the order of the handout."""
    ordered = sorted(submission.checks, key=lambda check: question_order(check.question))
    return [
        Question(number, list(checks))
        for number, checks in groupby(ordered, key=lambda check: check.question)
    ]


def question_order(question: str) -> list[tuple[int, str]]:
    """2.10 comes after 2.9, and 2.2b after 2.2a."""
    parts = question.split(".")
    digits = ["".join(c for c in part if c in "0123456789") for part in parts]
    return [(int(number[:9] or 0), part) for number, part in zip(digits, parts, strict=True)]


def next_steps(found: list[Question]) -> list[Step]:
    """Up to three questions to work on.

    What was tried comes first, the most points to gain before the others; then what was not
    tried, in the order of the handout; extra credit last.
    """
    ranked: list[tuple[tuple[bool, bool, float], Step]] = []
    for place, question in enumerate(found):
        failing = [c for c in question.checks if c.points < c.max_points]
        gain = sum(c.max_points - c.points for c in failing)
        if not failing or gain <= 1e-9:
            continue
        not_tried = all(c.status == "missing" for c in failing)
        extra = all(c.extra_credit for c in failing)
        advice = question.hints[0] if question.hints else failing[0].summary
        rank = place if not_tried else -gain
        ranked.append(((extra, not_tried, rank), Step(question.number, gain, advice, extra)))
    return [step for _, step in sorted(ranked, key=lambda pair: pair[0])[:3]]


def student_page(submission: SubmissionResult, title: str, standing: Standing | None = None) -> str:
    """What one student reads. Nothing of the seed, the confinement or the remarks is on it."""
    found = questions(submission)
    return render(
        "student.html", submission=submission, questions=found, title=title,
        standing=standing or Decisions().standing(submission), steps=next_steps(found),
    )  # fmt: skip


def cell_feedback(checks: list[CheckResult], notes: list[str]) -> str:
    """What stands in a notebook below one question's cell."""
    question = Question("", checks)
    return _environment().get_template("cell.html").render(question=question, notes=notes)


def points(value: float) -> str:
    """2 and 0.5, not 2.0 and 0.500."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(4096)  # a class repeats itself
def markdown(text: str) -> Markup:
    """Safe HTML of a message: what a student put into it stays text."""
    return Markup(_markdown.render(text))


def render(template: str, script: str = "", **values: Any) -> str:
    """A whole page, with the policy that lets only its own style sheet and script run."""
    style, code = _asset("style.css"), _asset(script) if script else ""
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src {_hash(style)}; script-src {_hash(code) if code else _NONE}"
    )
    return _environment().get_template(template).render(
        policy=policy, style=Markup(style), script=Markup(code), **values
    )  # fmt: skip


@cache
def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


@cache
def _asset(name: str) -> str:
    return (resources.files("autograder.gradebook") / "templates" / name).read_text("utf-8")


def _finalize(value: Any) -> Any:
    """What reaches a page is clean; what is markup already is ours."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("autograder.gradebook"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_finalize,
    )  # fmt: skip
    environment.filters |= {"markdown": markdown, "points": points}
    environment.globals |= {"status_words": _STATUS_WORDS}
    return environment
