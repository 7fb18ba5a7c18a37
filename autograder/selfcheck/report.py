"""What the self-check says, as text for a terminal or a notebook, and as a page."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from autograder.kit.text import plain
from autograder.kit.verdict import Verdict

LEGEND = "x is your value, y is the expected one."


@dataclass(frozen=True)
class QuestionReport:
    """One question and the verdicts on its checks."""

    question: str
    verdicts: list[Verdict]

    @property
    def earned(self) -> float:
        """Points that were earned."""
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def most(self) -> float:
        """Points that could be earned."""
        return sum(verdict.check.points for verdict in self.verdicts)

    @property
    def extra_credit(self) -> bool:
        """Whether the points come on top of the maximum."""
        return self.verdicts[0].check.extra_credit

    @property
    def complete(self) -> bool:
        """Whether all that counts is right."""
        return self.extra_credit or self.earned == self.most

    @property
    def functions(self) -> str:
        """The graded functions."""
        return ", ".join(dict.fromkeys(verdict.check.function for verdict in self.verdicts))

    def remarks(self) -> list[tuple[Verdict, list[str]]]:
        """Each check with what is to be said of it; what several have in common is said once."""
        said: set[str] = set()
        found = []
        for verdict in self.verdicts:
            hint = f"Look here: {verdict.hint}" if verdict.hint else ""
            legend = LEGEND if "x = " in verdict.message else ""
            new = [plain(one) for one in (verdict.message, hint, legend) if one]
            new = [one for one in new if one not in said]
            said |= set(new)
            found.append((verdict, new))
        return found


def text(report: QuestionReport) -> str:
    """Lines for a terminal or a notebook."""
    right, wrong, full, empty = _marks()
    filled = round(10 * report.earned / report.most) if report.most else 0
    extra = ", extra credit" if report.extra_credit else ""
    bar = full * filled + empty * (10 - filled)
    points = f"{report.earned:g} of {report.most:g}{extra}"
    lines = [f"{report.question:5} {bar} {points}   {report.functions}"]
    for verdict, remarks in report.remarks():
        lines.append(f"  {right if verdict.status == 'passed' else wrong} {verdict.check.summary}")
        lines += [f"      {line}" for remark in remarks for line in remark.splitlines()]
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return "\n".join(lines).encode(encoding, "replace").decode(encoding)


def summary(reports: Iterable[QuestionReport]) -> str:
    """The points of what was checked."""
    reports = list(reports)
    plain = [report for report in reports if not report.extra_credit]
    earned, most = sum(r.earned for r in plain), sum(r.most for r in plain)
    said = f"Points for what was checked: {earned:g} of {most:g}"
    extra = sum(report.earned for report in reports if report.extra_credit)
    return f"{said}, and {extra:g} of extra credit" if extra else said


def _marks() -> tuple[str, str, str, str]:
    """Signs for right, wrong, full and empty that this terminal can print."""
    fancy = ("\u2713", "\u2717", "\u2588", "\u2591")
    try:
        "".join(fancy).encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return "+", "-", "#", "."
    return fancy


def page(reports: Iterable[QuestionReport], title: str) -> str:
    """One HTML page, complete by itself."""
    reports = list(reports)
    parts = [_HEAD.format(title=escape(title)), f"<p>{escape(summary(reports))}. {LEGEND}</p>"]
    for report in reports:
        points = f"{report.earned:g} of {report.most:g}"
        parts.append(f"<h2>{escape(report.question)} {escape(report.functions)}: {points}</h2><ul>")
        for verdict, remarks in report.remarks():
            kind = "right" if verdict.status == "passed" else "wrong"
            said = "".join(f"<pre>{escape(remark)}</pre>" for remark in remarks)
            parts.append(f'<li class="{kind}">{escape(verdict.check.summary)}{said}</li>')
        parts.append("</ul>")
    return "\n".join([*parts, "</main></body></html>", ""])


_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem }}
body {{ padding: 0 1rem }}
h2 {{ font-size: 1.1rem; margin: 2rem 0 .5rem }}
ul {{ list-style: none; padding: 0 }}
li {{ border-left: .3rem solid; margin: .5rem 0; padding-left: .8rem }}
.right {{ border-color: #2e7d32 }}
.wrong {{ border-color: #c62828 }}
pre {{ font: .85rem/1.4 ui-monospace, monospace; margin: .3rem 0; white-space: pre-wrap }}
</style></head><body><main>
<h1>{title}</h1>"""
