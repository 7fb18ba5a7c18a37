"""What is kept: results, tables and pages, whole and harmless, with any damage to the folder."""

from __future__ import annotations

import csv
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograder.gradebook
from autograder.course import CourseError
from autograder.gradebook import store
from autograder.gradebook.store import Gradebook, load_results
from tests.gradebook.samples import ASSIGNMENT, HOSTILE, a_class, check, published, result


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_results_json_says_what_the_contract_says(tmp_path: Path) -> None:
    text = (published(tmp_path, result("s001")) / "results.json").read_text()
    written = json.loads(text)
    assert written["schema"] == 2 and written["confinement"] == ["landlock"]
    assert written["submissions"][0]["student"] == "s001"
    assert {
        "id",
        "question",
        "target",
        "points",
        "max_points",
        "status",
        "message",
        "hint",
        "misconception",
        "seconds",
    } <= written["submissions"][0]["checks"][0].keys()
    assert load_results(tmp_path).submissions[0].score == 1.0


def test_the_seed_is_in_results_json_and_nowhere_else(tmp_path: Path) -> None:
    published(tmp_path, result("s001"))
    holding = [p.name for p in tmp_path.rglob("*") if p.is_file() and b"987654" in p.read_bytes()]
    assert holding == ["results.json"]


def test_a_class_of_nobody_has_a_report_too(tmp_path: Path) -> None:
    assert "There are no submissions" in (published(tmp_path) / "report.html").read_text()


def test_the_table_has_a_row_per_student_and_a_column_per_question(tmp_path: Path) -> None:
    published(tmp_path, result("s001", check("2.9"), check("2.10", points=0.5)), result("=cmd()"))
    rows = table(tmp_path)
    assert rows[0]["student"] == "s001" and float(rows[0]["question 2.10"]) == 0.5
    assert rows[1]["student"] == "'=cmd()", "a spreadsheet would run it"


def test_extra_credit_counts_in_the_score_and_not_in_its_maximum(tmp_path: Path) -> None:
    published(
        tmp_path, result("s001", check("1"), check("2", points=2, max_points=2, extra_credit=True))
    )
    row = table(tmp_path)[0]
    assert [float(row[c]) for c in ("total", "max_total", "extra_credit")] == [3, 1, 2]


def test_any_two_students_keep_two_pages(tmp_path: Path) -> None:
    published(tmp_path, result("A B?C"), result("A?B C"), result("Doe, Jane"), result("Doe ,Jane"))
    pages = list((tmp_path / "feedback").glob("*.html"))
    assert len(pages) == 4
    assert {"A B?C" in page.read_text() for page in pages} == {True, False}


def test_pages_of_students_who_are_gone_are_removed(tmp_path: Path) -> None:
    published(tmp_path, result("s001"), result("s002"))
    published(tmp_path, result("s002"))
    assert [page.name for page in (tmp_path / "feedback").iterdir()] == ["s002.html"]


def test_results_of_another_assignment_are_refused_and_left_alone(tmp_path: Path) -> None:
    published(tmp_path, result("s001"))
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(CourseError, match="holds the results of a2_lstm_and_vit"):
        Gradebook(tmp_path, "a4_vit_from_scratch")
    assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


def test_an_interrupted_run_of_another_assignment_is_refused_too(tmp_path: Path) -> None:
    Gradebook(tmp_path, "a4_vit_from_scratch").save(result("s001"))
    with pytest.raises(CourseError, match="a4_vit_from_scratch"):
        Gradebook(tmp_path, ASSIGNMENT)


def test_only_exactly_the_same_work_is_taken_from_an_earlier_run(tmp_path: Path) -> None:
    book = Gradebook(tmp_path, ASSIGNMENT)
    book.save(result("s001"))
    assert book.known("s001") == result("s001")
    assert book.known("s002") is None


@pytest.mark.parametrize("damage", [b"{", b"", b"\xff\xfe", b"[" * 100_000, b"{}", b"null"])
def test_a_damaged_result_of_an_earlier_run_is_graded_again(tmp_path: Path, damage: bytes) -> None:
    book = Gradebook(tmp_path, ASSIGNMENT)
    book.save(result("s001"))
    (tmp_path / "submissions" / "s001.json").write_bytes(damage)
    assert book.known("s001") is None


def test_a_result_that_cannot_be_kept_ends_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, one = Gradebook(tmp_path, ASSIGNMENT), result("s001")

    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_text", full)
    book.save(one)
    assert "No space left on device" in one.remarks[0]


def test_a_full_disk_is_reported_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Gradebook(tmp_path, ASSIGNMENT)

    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_text", full)
    with pytest.raises(CourseError, match="No space left on device.*what was graded is kept"):
        book.publish(a_class(result("s001")), "A title")


@pytest.mark.parametrize(
    "name", ["\ud800", "a\x00b", "x" * 5000, "..", "", HOSTILE, "\u202e", "CON"]
)
def test_any_name_gets_a_row_and_a_page_and_costs_nobody_theirs(tmp_path: Path, name: str) -> None:
    book = Gradebook(tmp_path, ASSIGNMENT)
    book.save(result(name))
    published(tmp_path, result(name), result("s002"))
    assert len(list((tmp_path / "feedback").glob("*.html"))) == 2
    assert len(table(tmp_path)) == 2
    assert len(json.loads((tmp_path / "results.json").read_bytes())["submissions"]) == 2


def test_what_is_no_results_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="Grade first"):
        load_results(tmp_path)
    for text in ("{}", "[1]", "{", "null", '{"schema": 99}'):
        (tmp_path / "results.json").write_text(text)
        with pytest.raises(CourseError, match="not a results file"):
            load_results(tmp_path)


def test_manual_points_and_policy_of_the_folder_count_and_are_never_written(tmp_path: Path) -> None:
    policy = '[manual."1.3"]\nmax_points = 2\n[students.s001]\ndays_late = 1\n[late]\nper_day = 0.1'
    (tmp_path / "course.toml").write_text(policy)
    (tmp_path / "manual.csv").write_text("student,question,points\ns001,1.3,1.5\n")
    published(tmp_path, result("s001"))
    row = table(tmp_path)[0]
    assert float(row["total"]) == pytest.approx(0.9 * 2.5) and float(row["max_total"]) == 3
    assert (tmp_path / "course.toml").read_text() == policy
    assert (tmp_path / "manual.csv").read_text() == "student,question,points\ns001,1.3,1.5\n"


def test_keeping_and_showing_results_does_not_load_torch() -> None:
    names = ", ".join(
        f"autograder.gradebook.{info.name}"
        for info in pkgutil.iter_modules(autograder.gradebook.__path__)
    )
    code = f"import sys, {names}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
