"""Files for other programs, after the layouts that these document."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.gradebook.exports import FORMATS, Export
from autograder.gradebook.manual import ManualRow
from autograder.gradebook.policies import ManualQuestion, Policy
from autograder.gradebook.roster import Roster, load_roster
from autograder.gradebook.standing import Decisions
from autograder.grading.result import SubmissionResult
from tests.gradebook.samples import HOSTILE, a_class, check, result

ROSTER = """id,name,email,section
1001,"Doe, Jane",jane.doe@example.edu,A
1002,Juan P\u00e9rez Gil,juan@example.edu,B
"""
BY_HAND = Decisions(
    Policy(manual={"1.3": ManualQuestion(max_points=2)}),
    [ManualRow("1001", "1.3", 1.5, comment="=HYPERLINK(1)")],
)


def export(folder: Path, *students: SubmissionResult, decisions: Decisions = BY_HAND) -> Export:
    (folder / "roster.csv").write_text(ROSTER, "utf-8")
    return Export(a_class(*students), "A2", decisions, load_roster(folder / "roster.csv"))


def rows(made: str | bytes, delimiter: str = ",") -> list[dict[str, str]]:
    assert isinstance(made, str)
    return list(csv.DictReader(io.StringIO(made), delimiter=delimiter))


@pytest.fixture
def two(tmp_path: Path) -> Export:
    wrong = check("2.2", points=0, status="failed", hint="Divide by n.", misconception="unbiased")
    return export(tmp_path, result("1001", check(), wrong), result("juan@example.edu", check()))


def test_canvas_has_its_five_columns_and_the_points_possible(two: Export) -> None:
    made = rows(FORMATS["canvas"][1](two))
    assert list(made[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "A2"]
    assert made[0]["Student"] == "Points Possible" and made[0]["A2"] == "4"
    assert made[1] == {"Student": "Doe, Jane", "ID": "", "SIS User ID": "1001",
                       "SIS Login ID": "jane.doe", "Section": "A", "A2": "2.5"}  # fmt: skip


def test_moodle_has_what_identifies_a_user_and_a_column_of_feedback(two: Export) -> None:
    made = rows(FORMATS["moodle"][1](two))
    assert made[1]["Email address"] == "juan@example.edu" and made[1]["ID number"] == "1002"
    assert made[0]["A2"] == "2.5" and made[0]["A2 (feedback)"] == "2.2: 0 of 1"


def test_blackboard_is_delimited_by_tabs_and_has_user_names(two: Export) -> None:
    made = rows(FORMATS["blackboard"][1](two), "\t")
    assert made[0]["Username"] == "jane.doe" and made[0]["Last Name"] == "Doe"
    assert made[1]["Last Name"] == "Gil" and made[1]["First Name"] == "Juan P\u00e9rez"
    assert made[0]["A2 [Total Pts: 4 Score]"] == "2.5"


def test_brightspace_ends_each_line_with_its_mark(two: Export) -> None:
    lines = str(FORMATS["brightspace"][1](two)).splitlines()
    assert lines[0] == "OrgDefinedId,Username,A2 Points Grade,End-of-Line Indicator"
    assert lines[1] == "1001,jane.doe,2.5,#"


def test_tables_by_question_check_and_misconception(two: Export) -> None:
    by_question = rows(FORMATS["questions"][1](two))
    by_hand = [row for row in by_question if row["graded"] == "by hand"]
    assert [row["points"] for row in by_hand] == ["1.5", ""], "an empty cell: not graded yet"
    assert by_hand[0]["comment"] == "'=HYPERLINK(1)"
    assert [row["status"] for row in rows(FORMATS["checks"][1](two))] == [
        "passed",
        "failed",
        "passed",
    ]
    assert rows(FORMATS["misconceptions"][1](two)) == [
        {"question": "2.2", "misconception": "unbiased", "student": "1001", "hint": "Divide by n."}
    ]


def test_a_mail_merge_has_all_that_a_letter_needs(two: Export) -> None:
    first = rows(FORMATS["mail-merge"][1](two))[0]
    assert first["email"] == "jane.doe@example.edu" and first["first_name"] == "Jane"
    assert first["next"] == "Question 2.2: Divide by n."
    assert first["attachment"] == "feedback/1001.html"


def test_feedback_goes_back_under_the_names_of_the_download(tmp_path: Path) -> None:
    students = [result(name) for name in ("a", "b", "c", "d")]
    students[0].source = "Jane Doe_4711_assignsubmission_file_"
    students[1].source = "doejane_LATE_99_1234_vit_solution.py"
    students[2].source = "../../etc/passwd"
    made = FORMATS["feedback-zip"][1](export(tmp_path, *students))
    assert isinstance(made, bytes)
    assert zipfile.ZipFile(io.BytesIO(made)).namelist() == [
        "Jane Doe_4711_assignsubmission_file_/feedback.html",
        "doejane_LATE_99_1234_vit_solution.html",
        "c.html",
        "d.html",
    ]


def test_the_same_results_give_the_same_archive(two: Export) -> None:
    assert FORMATS["feedback-zip"][1](two) == FORMATS["feedback-zip"][1](two)


@pytest.mark.parametrize("name", FORMATS)
def test_a_hostile_student_is_one_harmless_row(tmp_path: Path, name: str) -> None:
    evil = result("=cmd|' /C calc'!A0", check("2.1", "v", 0, 1, "failed", "\n=1+1" + HOSTILE))
    made = FORMATS[name][1](export(tmp_path, evil, result("\ud800"), decisions=Decisions()))
    if isinstance(made, str):
        delimiter = "\t" if name == "blackboard" else ","
        cells = [text for row in csv.reader(io.StringIO(made), delimiter=delimiter) for text in row]
        assert not any(c.startswith(("=", "+", "@")) or "\x1b" in c or "\n" in c for c in cells)
        made.encode("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_a_class_of_nobody_exports_as_well(name: str) -> None:
    assert FORMATS[name][1](Export(a_class(), "A2", Decisions(), Roster([]))) is not None


def test_a_roster_without_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("foo,bar\n1,2\n")
    with pytest.raises(CourseError, match="must name a column"):
        load_roster(tmp_path / "roster.csv")
