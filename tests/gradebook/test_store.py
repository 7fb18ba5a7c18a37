"""What is kept: results, tables and pages, whole and harmless."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.gradebook.pages import points, questions
from autograder.gradebook.store import Gradebook, file_name, load_results
from autograder.grading.result import CheckResult, ClassResults, Status, SubmissionResult


def result(student: str, message: str = "", status: Status = "passed") -> SubmissionResult:
    checks = [
        CheckResult(id=f"c.{q}", question=q, target="vit_solution:A.f", summary="It is right.",
                    points=1.0 if status == "passed" else 0.0, max_points=1.0, status=status,
                    message=message, hint="Look.", misconception="known")
        for q in ("2.10", "2.9", "2.2b", "2.2a")
    ]  # fmt: skip
    return SubmissionResult(
        student=student, score=4.0, max_score=4.0, fingerprint="f", checks=checks
    )


def published(folder: Path, *students: SubmissionResult) -> Path:
    results = ClassResults(assignment="a2_lstm_and_vit", seed=7, confinement=["landlock"],
                           submissions=list(students))  # fmt: skip
    Gradebook(folder).publish(results, "A title")
    return folder


def test_results_json_says_what_the_contract_says(tmp_path: Path) -> None:
    told = json.loads((published(tmp_path, result("s001")) / "results.json").read_text())
    assert told["schema"] == 1 and told["seed"] == 7 and told["confinement"] == ["landlock"]
    assert told["submissions"][0]["student"] == "s001"
    assert {"id", "question", "target", "points", "max_points", "status", "message", "hint",
            "misconception", "seconds"} <= told["submissions"][0]["checks"][0].keys()  # fmt: skip
    assert load_results(tmp_path).submissions[0].score == 4.0


def test_a_class_of_nobody_has_a_report_too(tmp_path: Path) -> None:
    assert "0 submissions" in (published(tmp_path) / "report.html").read_text()


def test_questions_come_in_the_order_of_the_hand_out() -> None:
    assert [q.number for q in questions(result("s"))] == ["2.2a", "2.2b", "2.9", "2.10"]


def test_the_table_has_a_row_per_student_and_a_column_per_question(tmp_path: Path) -> None:
    published(tmp_path, result("s001"), result("=cmd()"))
    with (tmp_path / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["student"] == "s001" and rows[0]["question 2.9"] == "1.0"
    assert rows[1]["student"] == "'=cmd()", "a spreadsheet would run it"


def test_what_a_student_wrote_stays_text_on_the_page(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1))"
    published(tmp_path, result("<b>s</b>", evil, "failed"))
    page = next((tmp_path / "feedback").glob("*.html")).read_text()
    for text in (page, (tmp_path / "report.html").read_text()):
        assert "<script>" not in text and "<img" not in text and "<b>s</b>" not in text
        assert 'href="javascript' not in text


def test_two_students_whose_names_differ_in_odd_letters_keep_two_pages() -> None:
    names = {file_name(name) for name in ("a b", "a/b", "a:b", "../a", "a_b", "..", "")}
    assert len(names) == 7
    assert not any("/" in name or name.startswith(".") for name in names)


def test_only_exactly_the_same_work_is_taken_from_an_earlier_run(tmp_path: Path) -> None:
    book = Gradebook(tmp_path)
    book.save(result("s001"))
    assert book.known("s001").fingerprint == "f"
    assert book.known("s002") is None


def test_a_broken_file_of_an_earlier_run_is_graded_again(tmp_path: Path) -> None:
    book = Gradebook(tmp_path)
    (tmp_path / "submissions" / "s001.json").write_text("{")
    assert book.known("s001") is None


def test_a_results_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="Grade first"):
        load_results(tmp_path)
    (tmp_path / "results.json").write_text("{}")
    with pytest.raises(CourseError, match="not a results file"):
        load_results(tmp_path)


@pytest.mark.parametrize(
    ("value", "text"), [(2.0, "2"), (0.5, "0.5"), (0.0, "0"), (1 / 3, "0.333")]
)
def test_points_are_written_as_people_write_them(value: float, text: str) -> None:
    assert points(value) == text
