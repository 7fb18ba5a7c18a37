"""Points that people give: manual.csv, one row per student and question.

    student,question,points,comment,request,answer
    s001,1.5,3.5,"Axes have no labels.","Figure 2 has labels.","Right: half a point more."

`request` is what a student asked to be looked at again, `answer` is the reply. Grading never
writes this file.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from autograder.course import CourseError
from autograder.kit.text import clean

FILE = "manual.csv"
COLUMNS = ("student", "question", "points", "comment", "request", "answer")


@dataclass(frozen=True)
class ManualRow:
    """One row: the points of one student for one question, or None while nobody has graded it."""

    student: str
    question: str
    points: float | None
    comment: str = ""
    request: str = ""
    answer: str = ""
    line: int = 0


def load_manual(path: Path | None) -> list[ManualRow]:
    """Read manual.csv; `CourseError` names the line that is wrong."""
    if path is None:
        return []
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not UTF-8. Save it as CSV UTF-8.") from None
    delimiter = ";" if text.partition("\n")[0].count(";") >= 2 else ","  # some spreadsheets' habit
    reader = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter)
    columns = tuple(reader.fieldnames or ())
    missing = {"student", "question", "points"} - set(columns)
    unknown = set(columns) - set(COLUMNS)
    if missing or unknown:
        raise CourseError(
            f"{path}: the first line must name the columns {', '.join(COLUMNS)}; "
            + (f"missing: {', '.join(sorted(missing))}" if missing else f"unknown: {unknown}")
        )
    rows: dict[tuple[str, str], ManualRow] = {}
    for raw in reader:
        row = _row(raw, f"{path}, line {reader.line_num}", reader.line_num)
        key = (row.student, row.question)
        if key in rows:
            raise CourseError(
                f"{path}, line {row.line}: {row.student}, question {row.question} is already on "
                f"line {rows[key].line}. Keep one of them."
            )
        rows[key] = row
    return list(rows.values())


def _row(raw: dict[str, str | None], where: str, line: int) -> ManualRow:
    values = {name: clean(raw.get(name) or "").strip() for name in COLUMNS}
    if not values["student"] or not values["question"]:
        raise CourseError(f"{where}: student and question must be filled in.")
    try:
        points = float(values["points"].replace(",", ".")) if values["points"] else None
    except ValueError:
        raise CourseError(f"{where}: {values['points']!r} is not a number of points.") from None
    if points is not None and not 0 <= points < 1e6:
        raise CourseError(f"{where}: points must be 0 or more; take points off in course.toml.")
    return ManualRow(
        values["student"], values["question"], points, values["comment"], values["request"],
        values["answer"], line,
    )  # fmt: skip
