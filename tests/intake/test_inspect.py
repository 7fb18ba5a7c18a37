"""Before grading: what was found, and who needs a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import CourseAssignment, assignment_names, find_assignment
from autograder.intake.discover import find_submissions
from autograder.intake.inspect import inspect, looks_like
from autograder.intake.roster import Person, Roster
from autograder.intake.submission import read_class, read_submission
from autograder.sandbox.client import Sandbox
from tests.intake.platforms import Files, of, write

LSTM = of("anna", ("lstm_solution.py",))


@pytest.mark.parametrize(("files", "reason"), [
    ({"vit_solution.py": b"A = 1\n"}, None),
    ({}, "missing: vit_solution"),
    ({"vit_solution.py": b"\n"}, "empty: vit_solution"),
    ({"vit_solution.py": b"\xff\xfe"}, "unreadable: vit_solution"),
    ({"vit_solution.py": b"def broken(:\n"}, "syntax error: vit_solution"),
    ({"VIT_solution.py": b"A = 1\n"}, "misnamed: VIT_solution.py"),
])  # fmt: skip
def test_what_needs_a_person_is_named(
    files: Files, reason: str | None, tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    row = inspect(read_submission(write({**files, **LSTM}, tmp_path), a2, sandbox))
    assert row.reasons == ((reason,) if reason else ())


def test_a_syntax_error_is_told_with_its_line(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    write({**LSTM, "vit_solution.py": b"A = 1\ndef broken(:\n"}, tmp_path)
    row = inspect(read_submission(tmp_path, a2, sandbox))
    assert "vit_solution.py, line 2" in row.parts[1].detail


@pytest.mark.parametrize("name", assignment_names())
def test_the_released_files_are_the_template_and_the_solution_is_not(
    name: str, sandbox: Sandbox
) -> None:
    """For all four assignments, also with comments and blank lines changed."""
    assignment = find_assignment(name)
    blank = inspect(read_submission(assignment.release, assignment, sandbox))
    assert {part.state for part in blank.parts} == {"template"}
    assert not any("misnamed" in reason for reason in blank.reasons)
    full = inspect(read_submission(assignment.reference, assignment, sandbox))
    assert {part.state for part in full.parts} == {"found"} and full.reasons == ()


def test_comments_and_blanks_are_no_work(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    text = (a2.release / "vit_solution_template.py").read_text("utf-8")
    text = "# my name\n\n" + text.replace("    # TODO", "        #  todo")
    write({"vit_solution.py": text.encode(), **LSTM}, tmp_path)
    row = inspect(read_submission(tmp_path, a2, sandbox))
    assert row.reasons == ("identical to the template: vit_solution",)


def test_late_and_not_in_the_roster(tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox) -> None:
    write({f"annaa_LATE_1_2{n}_{k}": v for n, (k, v) in enumerate(of("anna").items())}, tmp_path)
    found = find_submissions(tmp_path, a2, sandbox, Roster([Person("9", "Zoe Z")]))
    (row,) = map(inspect, read_class(found.submissions, a2, sandbox))
    assert row.late and row.reasons == ("late", "not in the roster")


@pytest.mark.parametrize("name", assignment_names())
@pytest.mark.parametrize("other", assignment_names())
def test_a_class_of_another_assignment_is_seen(name: str, other: str, sandbox: Sandbox) -> None:
    assignment, theirs = find_assignment(name), find_assignment(other)
    rows = [inspect(read_submission(theirs.reference, assignment, sandbox))] * 3
    assert looks_like(rows) == (None if name == other else other)


def test_one_student_with_the_wrong_folder_is_not_a_class(
    a2: CourseAssignment, sandbox: Sandbox
) -> None:
    wrong = find_assignment("a4_vit_from_scratch").reference
    rows = [inspect(read_submission(path, a2, sandbox)) for path in (a2.reference, wrong)]
    assert rows[1].reasons == ("another assignment's: a4_vit_from_scratch",)
    assert looks_like(rows) is None
