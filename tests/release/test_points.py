"""Points are written once, at the checks. What repeats them is compared, and says what to edit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.course import ROOT, assignment_names, find_assignment
from autograder.kit.check import Check, load_checks

_ITEM = re.compile(r"^\*\*(?P<question>\d[\w.]*) \((?P<points>[\d.]+) points?[,)]")
_HEADING = re.compile(r"^(?P<level>#+) .*\((?P<points>[\d.]+) points?[,)]")
_NUMBER = re.compile(r"\d[\w.]*")
_NAMED = re.compile(r"""["']([\w.]+)["']""")


class Points:
    """The sums over an assignment's checks."""

    def __init__(self, assignment: str) -> None:
        self.checks = list(load_checks(assignment).values())
        self.questions = list(dict.fromkeys(check.question.number for check in self.checks))

    def of(self, *numbers: str) -> float:
        """The sum of these questions; 2 is all of 2.1, 2.2 and so on where no question is 2."""
        return sum(check.points for check in self._asked(numbers))

    def known(self, *numbers: str) -> bool:
        return bool(self._asked(numbers))

    def place(self, *numbers: str) -> str:
        """Where the points are written, in words."""
        found = [f"{_short(check.place)} ({check.points:g})" for check in self._asked(numbers)]
        return ", ".join(found) or "all of them together"

    def is_extra(self, number: str) -> bool:
        return any(check.question.extra_credit for check in self._asked((number,)))

    @property
    def total(self) -> float:
        return sum(check.points for check in self.checks if not check.question.extra_credit)

    @property
    def extra(self) -> float:
        return sum(check.points for check in self.checks if check.question.extra_credit)

    def _asked(self, numbers: tuple[str, ...]) -> list[Check]:
        return [
            check
            for check in self.checks
            for number in numbers
            if check.question.number == number or check.question.number.startswith(f"{number}.")
        ]


def _short(place: str) -> str:
    return place.removeprefix(f"{ROOT}/")


@dataclass(frozen=True)
class Claim:
    """What one line of a text says a few questions are worth; of all, where it names none."""

    where: str
    questions: tuple[str, ...]
    points: float


# --- reading ------------------------------------------------------------------------------------


def claims(text: str, where: str) -> Iterator[Claim]:
    """Points in tables, and in paragraphs such as "**2.1 (5 points)**"."""
    header: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        place = f"{where}, line {number}"
        item = _ITEM.match(line)
        if item:
            yield Claim(place, (item["question"],), float(item["points"]))
        if not line.startswith("|"):
            header = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not header:
            header = [cell.lower() for cell in cells]
            continue
        column = _points_column(header)
        worth = cells[column].strip("*") if column is not None else ""
        if _is_number(worth):
            questions = _questions(cells[0])
            if questions or cells[column].startswith("**"):  # the sum of all is in bold
                yield Claim(place, questions, float(worth))


def _points_column(header: list[str]) -> int | None:
    """The column of the points that a program gives, or else of all points."""
    first = header[0].split(" ")[0]
    if first not in ("task", "problem", "question"):
        return None
    names = [n for n, cell in enumerate(header) if "by program" in cell] or [
        n for n, cell in enumerate(header) if cell == "points"
    ]
    return names[0] if names else None


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(\.\d+)?", text))


def _questions(cell: str) -> tuple[str, ...]:
    """5.2, 5.2a to c -> 5.2, 5.2a, 5.2b, 5.2c."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", cell)
    found: list[str] = []
    for part in text.split(","):
        first, *last = part.strip().split(" to ")
        if re.fullmatch(r"[a-z]", first) and found:
            first = found[-1].rstrip("abcdefghij") + first
        if not _NUMBER.fullmatch(first):
            return ()
        ends = last[0] if last else first[-1]
        letters = range(ord(first[-1]), ord(ends) + 1) if last else []
        found += [first, *(first[:-1] + chr(letter) for letter in letters)]
    return tuple(dict.fromkeys(found))


def cells_of(notebook: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(notebook.read_text("utf-8"))["cells"]
    return cells


def graded(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("grade"))


def asked(cell: dict[str, Any]) -> list[str]:
    """The questions whose points an autograded cell carries."""
    return _NAMED.findall("".join(cell["source"])) if cell["cell_type"] == "code" else []


# --- comparing ----------------------------------------------------------------------------------


def wrong(claim: Claim, points: Points) -> str:
    """A sentence, where a claim is not what the checks say; else empty."""
    right = points.of(*claim.questions) if claim.questions else points.total
    if claim.points == right:
        return ""
    what = f"question {', '.join(claim.questions)}" if claim.questions else "everything"
    return (
        f"{claim.where}: {what} is worth {claim.points:g} there and {right:g} at the checks, "
        f"{points.place(*claim.questions)}. Edit the line, or the checks."
    )


@pytest.mark.parametrize("assignment", assignment_names())
def test_the_handout_says_what_the_checks_say(assignment: str) -> None:
    points, path = Points(assignment), find_assignment(assignment).reference / "handout.md"
    where = _short(str(path))
    found = [
        claim
        for claim in claims(path.read_text("utf-8"), where)
        if not claim.questions or points.known(*claim.questions)
    ]
    complaints = [wrong(claim, points) for claim in found if not _is_whole(claim, assignment)]
    named = {question for claim in found for question in claim.questions}
    complaints += [
        f"{where}: no table and no item gives the points of question {question}; add them."
        for question in points.questions
        if points.of(question) and not {question, question.partition(".")[0]} & named
    ]
    assert not any(complaints), "\n".join(filter(None, complaints))


def _is_whole(claim: Claim, assignment: str) -> bool:
    """Whether a total counts written questions as well: then the notebook's cells add up to it."""
    notebook = find_assignment(assignment).reference / "main.ipynb"
    extra = Points(assignment).is_extra
    everything = sum(
        cell["metadata"]["nbgrader"]["points"]
        for cell in cells_of(notebook)
        if graded(cell) and not any(extra(question) for question in asked(cell))
    )
    return not claim.questions and claim.points == everything


@pytest.mark.parametrize("assignment", assignment_names())
def test_the_notebook_has_a_cell_for_every_question_with_its_points(assignment: str) -> None:
    points, path = Points(assignment), find_assignment(assignment).reference / "main.ipynb"
    where, complaints = _short(str(path)), []
    seen: list[str] = []
    for cell in filter(graded, cells_of(path)):
        content, questions = cell["metadata"]["nbgrader"], asked(cell)
        if cell["cell_type"] == "code":
            seen += questions
            place = f"{where}, cell `{content['grade_id']}`, `points`"
            complaints.append(wrong(Claim(place, tuple(questions), content["points"]), points))
    complaints += [
        f'{where}: no cell says selfcheck.check("{question}"), so nbgrader has nowhere to write '
        f"the points of {points.place(question)}. Add one."
        for question in points.questions
        if points.of(question) and seen.count(question) != 1
    ]
    assert not any(complaints), "\n".join(filter(None, complaints))


@pytest.mark.parametrize("assignment", assignment_names())
def test_the_notebooks_headings_add_up(assignment: str) -> None:
    """A heading's points are those of the cells below it, extra credit apart."""
    points, path = Points(assignment), find_assignment(assignment).reference / "main.ipynb"
    complaints = []
    for heading, worth, below in _sections(cells_of(path)):
        extra = [cell for cell in below if any(map(points.is_extra, asked(cell)))]
        counted = below if len(extra) == len(below) else [c for c in below if c not in extra]
        total = sum(cell["metadata"]["nbgrader"]["points"] for cell in counted)
        if total != worth:
            complaints.append(f"{_short(str(path))}: the cells below `{heading}` are worth "
                              f"{total:g}. Edit the heading, or the cells.")  # fmt: skip
    assert not complaints, "\n".join(complaints)


def _sections(cells: list[dict[str, Any]]) -> Iterator[tuple[str, float, list[dict[str, Any]]]]:
    """(heading, its points, the graded cells up to the next heading of its level)."""
    for place, cell in enumerate(cells):
        for line in "".join(cell["source"]).splitlines() if not graded(cell) else []:
            heading = _HEADING.match(line)
            if heading:
                end = re.compile(rf"^#{{1,{len(heading['level'])}}} ", re.MULTILINE)
                below = []
                for later in cells[place + 1 :]:
                    text = "".join(later["source"])
                    if later["cell_type"] == "markdown" and not graded(later) and end.search(text):
                        break
                    below += [later] if graded(later) else []
                yield line, float(heading["points"]), below


@pytest.mark.parametrize("assignment", assignment_names())
def test_the_readme_has_a_row_with_its_points(assignment: str) -> None:
    points = Points(assignment)
    text = (ROOT / "README.md").read_text("utf-8")
    ending = f"| {points.total:g} | {points.extra:g} |"
    rows = [line for line in text.splitlines() if line.startswith(f"| `{assignment}` |")]
    assert len(rows) == 1 and rows[0].endswith(ending), (
        f"README.md, table of assignments: the row of `{assignment}` must end in `{ending}`, the "
        f"points of its checks and those of extra credit. It is: {rows}"
    )
