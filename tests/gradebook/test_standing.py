"""What a submission is worth: checks, points by hand, late days, adjustments; and manual.csv."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.gradebook.manual import load_manual
from autograder.gradebook.standing import Decisions, load_decisions
from tests.gradebook.samples import check, result

POLICY = """
[late]
per_day = 0.1
[manual."1.3"]
title = "Curves"
max_points = 4
[manual."1.4"]
max_points = 1
extra_credit = true
[students.s001]
days_late = 1
adjustments = [{ points = -0.5, reason = "No notebook" }]
"""
MANUAL = """student,question,points,comment,request,answer
s001,1.3,3,No labels.,Figure 2 has some.,
s001,1.4,1,,,
s002,1.3,,,,
"""


def decisions(folder: Path, policy: str = POLICY, manual: str = MANUAL) -> Decisions:
    (folder / "course.toml").write_text(policy)
    (folder / "manual.csv").write_text(manual)
    return load_decisions(folder)


def test_the_total_is_all_of_it_together(tmp_path: Path) -> None:
    one = result("s001", check(points=5, max_points=6), check("2", points=1, extra_credit=True))
    standing = decisions(tmp_path).standing(one)
    assert standing.checks == 6 and standing.manual_points == 4 and standing.extra == 2
    assert standing.late_penalty == pytest.approx(1.0)
    assert standing.total == pytest.approx(10 - 1 - 0.5)
    assert standing.max_total == 6 + 4
    assert [mark.request for mark in standing.open_requests] == ["Figure 2 has some."]


def test_an_empty_cell_is_not_graded_yet(tmp_path: Path) -> None:
    standing = decisions(tmp_path).standing(result("s002"))
    assert [mark.question for mark in standing.ungraded] == ["1.3", "1.4"]
    assert standing.total == 1 and standing.max_total == 5


def test_a_total_is_never_below_zero(tmp_path: Path) -> None:
    worthless = decisions(tmp_path).standing(result("s001", check(points=0, status="failed")))
    assert worthless.total >= 0


def test_what_applies_to_nobody_is_listed(tmp_path: Path) -> None:
    manual = MANUAL + "nobody,1.3,1,,,\ns001,9.9,1,,,\ns003,1.3,5,,,\n"
    problems = decisions(tmp_path, manual=manual).problems({"s002", "s003"})
    assert [line.partition(":")[0] for line in problems] == [
        "course.toml",
        "manual.csv, line 2",
        "manual.csv, line 3",
        "manual.csv, line 5",
        "manual.csv, line 6",
        "manual.csv, line 7",
    ]
    assert "5 points, of at most 4" in problems[-1]


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="There is no file"):
        load_decisions(tmp_path, policy=tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,points\n", "first line must name"),
        ("student,question,points\na,1,x\n", "line 2: 'x' is not a number"),
        ("student,question,points\na,1,-1\n", "line 2: points must be 0 or more"),
        ("student,question,points\na,1,nan\n", "line 2: points must be 0 or more"),
        ("student,question,points\na,,1\n", "line 2: student and question"),
        ("student,question,points\na,1,1\na,1,2\n", "line 3: a, question 1 is already on line 2"),
    ],
)
def test_a_wrong_line_of_manual_csv_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "manual.csv").write_text(text)
    with pytest.raises(CourseError, match=message):
        load_manual(tmp_path / "manual.csv")


def test_manual_csv_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "manual.csv"
    path.write_text('\ufeffstudent;question;points;comment\na;1.3;2,5;"Two\nlines"\n', "utf-8")
    row = load_manual(path)[0]
    assert row.points == 2.5 and row.comment == "Two\nlines"
