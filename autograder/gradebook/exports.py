"""Tables and archives for other programs. Every one is made from results.json and the decisions.

Gradebook files follow what the platforms document for an import:
  Canvas       Student, ID, SIS User ID, SIS Login ID, Section, then a column per assignment;
               the second row says "Points Possible"
  Moodle       any table with an identifying column; the form asks which is which
  Blackboard   Username identifies; a column without an id becomes a new one
  Brightspace  OrgDefinedId and Username, "<item> Points Grade", and an end-of-line mark
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.gradebook.names import file_name
from autograder.gradebook.pages import next_steps, points, questions, student_page
from autograder.gradebook.roster import Person, Roster
from autograder.gradebook.standing import Decisions, Standing
from autograder.gradebook.store import table_text
from autograder.grading.result import ClassResults, SubmissionResult
from autograder.kit.text import one_line

Row = dict[str, object]
_EPOCH = (2000, 1, 1, 0, 0, 0)  # archives of the same results are the same bytes


@dataclass(frozen=True)
class Export:
    """All that an export needs."""

    results: ClassResults
    title: str
    decisions: Decisions
    roster: Roster

    def students(self) -> list[tuple[SubmissionResult, Standing, Person]]:
        """Each submission with its standing and the person behind it."""
        return [
            (one, self.decisions.standing(one), self.roster.find(one.student))
            for one in self.results.submissions
        ]


def canvas(export: Export) -> str:
    """Canvas: Grades, Import."""
    students = export.students()
    most = max((standing.max_total for _, standing, _ in students), default=0.0)
    fixed = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    head: Row = {
        **dict.fromkeys(fixed, ""),
        "Student": "Points Possible",
        export.title: points(most),
    }
    rows: list[Row] = [
        {
            "Student": person.name, "ID": person.canvas_id, "SIS User ID": person.id,
            "SIS Login ID": person.user_name, "Section": person.section,
            export.title: points(standing.total),
        }
        for _, standing, person in students
    ]  # fmt: skip
    return table_text([head, *rows])


def moodle(export: Export) -> str:
    """Moodle: Grades, Import, CSV file; map "Email address" or "ID number" to the user."""
    return table_text([
        {
            "ID number": person.id, "Full name": person.name, "Email address": person.email,
            export.title: points(standing.total), f"{export.title} (feedback)": _in_words(one),
        }
        for one, standing, person in export.students()
    ])  # fmt: skip


def blackboard(export: Export) -> str:
    """Blackboard: Work Offline, Upload; tab-delimited, as its documentation recommends."""
    column = f"{export.title} [Total Pts: {_most(export)} Score]"
    rows: list[Row] = []
    for _, standing, person in export.students():
        first, last = person.first_and_last
        rows.append({
            "Last Name": last, "First Name": first, "Username": person.user_name,
            "Student ID": person.id, column: points(standing.total),
        })  # fmt: skip
    return table_text(rows, delimiter="\t")


def brightspace(export: Export) -> str:
    """Brightspace: Grades, Enter Grades, Import."""
    return table_text([
        {
            "OrgDefinedId": person.id, "Username": person.user_name,
            f"{export.title} Points Grade": points(standing.total),
            "End-of-Line Indicator": "#",
        }
        for _, standing, person in export.students()
    ])  # fmt: skip


def by_question(export: Export) -> str:
    """A row per student and question."""
    rows: list[Row] = []
    for one, standing, person in export.students():
        for question in questions(one):
            rows.append({
                "student": one.student, "name": person.name, "question": question.number,
                "points": question.points, "max_points": question.max_points,
                "extra_credit": question.extra_points, "graded": "checks", "comment": "",
            })  # fmt: skip
        for mark in standing.manual:
            rows.append({
                "student": one.student, "name": person.name, "question": mark.question,
                "points": "" if mark.points is None else mark.points,
                "max_points": 0.0 if mark.extra_credit else mark.max_points,
                "extra_credit": mark.max_points if mark.extra_credit else 0.0,
                "graded": "by hand", "comment": mark.comment,
            })  # fmt: skip
    return table_text(rows)


def by_check(export: Export) -> str:
    """A row per student and check."""
    return table_text([
        {
            "student": one.student, "question": check.question, "check": check.id,
            "target": check.target, "points": check.points, "max_points": check.max_points,
            "extra_credit": "yes" if check.extra_credit else "", "status": check.status,
            "misconception": check.misconception, "message": check.message,
        }
        for one in export.results.submissions
        for check in one.checks
    ])  # fmt: skip


def by_misconception(export: Export) -> str:
    """A row per known mistake and student who made it."""
    rows = [
        (check.question, check.misconception, one.student, check.hint)
        for one in export.results.submissions
        for check in {(c.question, c.misconception): c for c in one.checks}.values()
        if check.misconception
    ]
    columns = ("question", "misconception", "student", "hint")
    return table_text([dict(zip(columns, row, strict=True)) for row in sorted(rows)], columns)


def mail_merge(export: Export) -> str:
    """A row per student, with all that a letter needs."""
    rows: list[Row] = []
    for one, standing, person in export.students():
        first, last = person.first_and_last
        steps = next_steps(questions(one))
        rows.append({
            "email": person.email, "name": person.name, "first_name": first, "last_name": last,
            "student": one.student, "assignment": export.title, "total": points(standing.total),
            "max_total": points(standing.max_total), "summary": _in_words(one),
            "next": " ".join(f"Question {step.question}: {step.advice}" for step in steps),
            "attachment": f"feedback/{file_name(one.student)}.html",
        })  # fmt: skip
    return table_text(rows)


def feedback_zip(export: Export) -> bytes:
    """A page per student, under the name that the download had: platforms match by it.

    Moodle takes the folder of the download (`Name_id_assignsubmission_file_`), Canvas the name
    of the file. Where the download's name is not known, the student's name stands in its place.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, standing, _ in export.students():
            page = student_page(one, export.title, standing)
            info = zipfile.ZipInfo(_entry(one), _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, page.encode("utf-8", "backslashreplace"))
    return buffer.getvalue()


def _entry(one: SubmissionResult) -> str:
    source = one_line(one.source)
    plain = source and not any(c in source for c in '/\\:*?"<>|') and source.strip(".") == source
    if not plain:
        return f"{file_name(one.student)}.html"
    if source.endswith("_assignsubmission_file_"):
        return f"{source}/feedback.html"
    return f"{Path(source).stem if Path(source).suffix else source}.html"


def _most(export: Export) -> str:
    return points(max((standing.max_total for _, standing, _ in export.students()), default=0.0))


def _in_words(one: SubmissionResult) -> str:
    """The questions that miss points, in one line."""
    missing = [
        f"{q.number}: {points(q.points)} of {points(q.max_points)}"
        for q in questions(one)
        if q.points < q.max_points
    ]
    return "; ".join(missing) or "All checks passed."


FORMATS: dict[str, tuple[str, Callable[[Export], str | bytes]]] = {
    "canvas": ("csv", canvas),
    "moodle": ("csv", moodle),
    "blackboard": ("txt", blackboard),
    "brightspace": ("csv", brightspace),
    "questions": ("csv", by_question),
    "checks": ("csv", by_check),
    "misconceptions": ("csv", by_misconception),
    "feedback-zip": ("zip", feedback_zip),
    "mail-merge": ("csv", mail_merge),
}
