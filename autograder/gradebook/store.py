"""The results of a run on disk. A run that was interrupted, or is repeated, goes on from them.

results.json      what the checks found: the documented source of everything else
results.csv       one row per student
report.html       the class report
feedback/         one page per student
submissions/      one JSON file per student, written as it is graded
course.toml, manual.csv   the instructor's decisions: read here, never written
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from autograder.course import CourseError
from autograder.gradebook.migrate import migrate
from autograder.gradebook.names import cell, file_name
from autograder.gradebook.pages import points, questions, student_page
from autograder.gradebook.report import class_page
from autograder.gradebook.similarity import Pair
from autograder.gradebook.standing import Decisions, Standing, load_decisions
from autograder.grading.result import ClassResults, SubmissionResult

_HOME = "submissions"
_OWNER = "assignment.txt"  # in _HOME: whose results these are, from the first moment on


class Gradebook:
    """The output folder of one assignment. Results of another one are never overwritten."""

    def __init__(self, folder: Path, assignment: str) -> None:
        self.folder = folder
        self._refuse_another(assignment)
        try:
            (folder / _HOME).mkdir(parents=True, exist_ok=True)
            (folder / "feedback").mkdir(exist_ok=True)
            write_text(folder / _HOME / _OWNER, assignment + "\n")
        except OSError as error:
            raise CourseError(
                f"Results cannot be written to {folder} ({error.strerror}). "
                "Give another folder with --out, or make this one writable."
            ) from None
        self.decisions = load_decisions(folder)

    def _refuse_another(self, assignment: str) -> None:
        found = ""
        with contextlib.suppress(OSError, ValueError):
            found = (self.folder / _HOME / _OWNER).read_text("utf-8").strip()
        with contextlib.suppress(OSError, ValueError, RecursionError, AttributeError):
            data = json.loads((self.folder / "results.json").read_text("utf-8"))
            found = str(data.get("assignment") or found)
        if found and found != assignment:
            raise CourseError(
                f"{self.folder} holds the results of {found[:100]}, and this is {assignment}. "
                "Nothing was written. Give another folder with --out."
            )

    def known(self, student: str) -> SubmissionResult | None:
        """An earlier result of this student; its fingerprint says of what, and by which grader.

        A damaged file is no result: the submission is graded again.
        """
        with contextlib.suppress(OSError, ValueError, RecursionError):
            path = self.folder / _HOME / f"{file_name(student)}.json"
            result = SubmissionResult.model_validate_json(path.read_bytes())
            if result.student == student and result.fingerprint:
                return result
        return None

    def known_layers(self) -> list[str]:
        """The confinement of the earlier run, for a run that had nothing left to grade."""
        with contextlib.suppress(CourseError):
            return load_results(self.folder).confinement
        return []

    def save(self, result: SubmissionResult) -> None:
        """Keep one student's result. Where that fails the class goes on, and the row says why."""
        try:
            path = self.folder / _HOME / f"{file_name(result.student)}.json"
            write_text(path, result.model_dump_json(indent=1))
        except (OSError, ValueError) as error:
            result.remarks.append(
                f"This result could not be kept for the next run ({_reason(error)}); it will be "
                "graded again."
            )

    def publish(self, results: ClassResults, title: str, pairs: Sequence[Pair] = ()) -> None:
        """Write results.json, results.csv, a page per student, and the class report."""
        try:
            write_text(self.folder / "results.json", to_json(results))
            if self._write_pages(results, title):
                write_text(self.folder / "results.json", to_json(results))  # with what failed
            write_text(self.folder / "results.csv", results_table(results, self.decisions))
            page = class_page(results, title, self.decisions, pairs)
            write_text(self.folder / "report.html", page)
        except OSError as error:
            raise CourseError(
                f"The results could not be written to {self.folder} ({error.strerror}). Make room "
                "or make it writable, and run the same command again: what was graded is kept."
            ) from None

    def _write_pages(self, results: ClassResults, title: str) -> bool:
        """A page per student; pages of students who are gone are removed. Whether one failed."""
        home = self.folder / "feedback"
        current: set[str] = set()
        for one in results.submissions:
            name = f"{file_name(one.student)}.html"
            try:
                page = student_page(one, title, self.decisions.standing(one))
                write_text(home / name, page)
                current.add(name)
            except (OSError, ValueError, RecursionError) as error:
                one.remarks.append(f"The feedback page could not be written ({_reason(error)}).")
        for path in home.glob("*.html"):
            if path.name not in current:
                path.unlink(missing_ok=True)
        return len(current) < len(results.submissions)


def load_results(folder: Path) -> ClassResults:
    """Read results.json of any schema; `CourseError` says what is wrong with it."""
    path = folder / "results.json" if folder.suffix != ".json" else folder
    try:
        return ClassResults.model_validate(migrate(json.loads(path.read_text("utf-8"))))
    except OSError:
        raise CourseError(
            f"There is no {path}. Grade first: "
            f"autograder grade ASSIGNMENT SUBMISSIONS --out {folder}"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CourseError(f"{path} is not a results file: {where}: {first['msg']}.") from None
    except (ValueError, RecursionError) as error:
        raise CourseError(f"{path} is not a results file: {_reason(error)}.") from None


def to_json(results: ClassResults) -> str:
    """results.json's text."""
    dumped = results.model_dump(by_alias=True, mode="json")
    return json.dumps(dumped, indent=1, ensure_ascii=False) + "\n"


def results_table(results: ClassResults, decisions: Decisions) -> str:
    """results.csv: one row per student, a column per question."""
    rows = [_row(one, decisions.standing(one)) for one in results.submissions]
    return table_text(rows)


def _row(one: SubmissionResult, standing: Standing) -> dict[str, object]:
    row: dict[str, object] = {
        "student": one.student,
        "total": standing.total,
        "max_total": standing.max_total,
        "score": one.score,
        "max_score": one.max_score,
        "extra_credit": standing.extra,
        "late_penalty": round(standing.late_penalty, 6),
        "adjustments": sum(adjustment.points for adjustment in standing.adjustments),
    }
    for question in questions(one):
        row[f"question {question.number}"] = question.points
    for mark in standing.manual:
        row[f"question {mark.question} (by hand)"] = (
            "" if mark.points is None else points(mark.points)
        )
    return row


def table_text(
    rows: Sequence[dict[str, object]], columns: Sequence[str] = (), delimiter: str = ","
) -> str:
    """A table as CSV, `columns` first; every cell is harmless in a spreadsheet."""
    columns = list(dict.fromkeys([*columns, *(column for row in rows for column in row)]))
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow([cell(column) for column in columns])
    writer.writerows([cell(row.get(column, "")) for column in columns] for row in rows)
    return buffer.getvalue()


def write_text(path: Path, text: str) -> None:
    """Write a file in one step: a reader sees the old one or the new one, never half."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(
        text.encode("utf-8", "backslashreplace")
    )  # a lone surrogate is no reason to fail
    partial.replace(path)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
