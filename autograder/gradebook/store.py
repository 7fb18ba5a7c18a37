"""The results of a run on disk. A run that was interrupted, or is repeated, goes on from them."""

from __future__ import annotations

import contextlib
import csv
import json
import re
from pathlib import Path

from pydantic import ValidationError

from autograder.course import CourseError
from autograder.gradebook.pages import class_page, student_page
from autograder.grading.result import ClassResults, SubmissionResult

_HOME = "submissions"  # one JSON file per student; results.json is put together from them


class Gradebook:
    """The output folder of one assignment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            (folder / _HOME).mkdir(parents=True, exist_ok=True)
            (folder / "feedback").mkdir(exist_ok=True)
            write_text(folder / ".writable", "")
            (folder / ".writable").unlink()
        except OSError as error:
            raise CourseError(
                f"Results cannot be written to {folder} ({error.strerror}). "
                "Give another folder with --out, or make this one writable."
            ) from None

    def known(self, student: str) -> SubmissionResult | None:
        """An earlier result of this student; its fingerprint says of what, and by which grader."""
        with contextlib.suppress(OSError, ValidationError):
            text = (self.folder / _HOME / f"{file_name(student)}.json").read_text("utf-8")
            result = SubmissionResult.model_validate_json(text)
            if result.student == student:
                return result
        return None

    def known_layers(self) -> list[str]:
        """The confinement of the earlier run, for a run that had nothing left to grade."""
        with contextlib.suppress(CourseError):
            return load_results(self.folder).confinement
        return []

    def save(self, result: SubmissionResult) -> None:
        """Keep one student's result."""
        path = self.folder / _HOME / f"{file_name(result.student)}.json"
        write_text(path, result.model_dump_json(indent=1))

    def publish(self, results: ClassResults, title: str) -> None:
        """Write results.json, results.csv, a page per student, and the class report."""
        write_text(self.folder / "results.json", to_json(results))
        self._write_csv(results)
        for submission in results.submissions:
            page = student_page(submission, results, title)
            write_text(self.folder / "feedback" / f"{file_name(submission.student)}.html", page)
        write_text(self.folder / "report.html", class_page(results, title))

    def _write_csv(self, results: ClassResults) -> None:
        rows = [_csv_row(submission) for submission in results.submissions]
        columns = list(dict.fromkeys(column for row in rows for column in row))
        partial = self.folder / ".results.csv.part"
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        partial.replace(self.folder / "results.csv")


def load_results(folder: Path) -> ClassResults:
    """Read results.json; `CourseError` says what is wrong with it."""
    path = folder / "results.json"
    try:
        return ClassResults.model_validate_json(path.read_text("utf-8"))
    except OSError:
        raise CourseError(
            f"There is no {path}. Grade first: "
            f"autograder grade ASSIGNMENT SUBMISSIONS --out {folder}"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CourseError(f"{path} is not a results file: {where}: {first['msg']}.") from None


def to_json(results: ClassResults) -> str:
    """results.json's text."""
    return json.dumps(results.model_dump(by_alias=True), indent=1, ensure_ascii=False) + "\n"


def _csv_row(submission: SubmissionResult) -> dict[str, str | float]:
    row: dict[str, str | float] = {
        "student": _harmless(submission.student),
        "score": submission.score,
        "max_score": submission.max_score,
    }
    for check in submission.checks:
        column = f"question {check.question}"
        row[column] = round(float(row.get(column, 0.0)) + check.points, 6)
    return row


def _harmless(text: str) -> str:
    """A spreadsheet must not take a folder's name for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def file_name(student: str) -> str:
    """A student's name as a file name; names that need no change keep theirs."""
    safe = re.sub(r"[^\w.@+-]+", "_", student).strip("._") or "student"
    return safe if safe == student else f"{safe}-{sum(map(ord, student)) % 9973:04d}"


def write_text(path: Path, text: str) -> None:
    """Write a file in one step: a reader sees the old one or the new one, never half."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(text, "utf-8")
    partial.replace(path)
