"""Everybody in a platform's download is found, each with their own files, and nothing is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.course import CourseAssignment, CourseError
from autograder.intake.discover import Class, find_submissions
from autograder.intake.roster import Person, Roster
from autograder.intake.submission import read_class
from autograder.kit.source import all_pieces
from autograder.sandbox.client import Sandbox
from tests.intake import platforms
from tests.intake.platforms import LAYOUTS, of, under, write, zipped


def owners(found: Class, a2: CourseAssignment, sandbox: Sandbox) -> list[set[str]]:
    """Whose files each submission holds, as the files themselves say."""
    read = list(read_class(found.submissions, a2, sandbox))
    assert [set(one.modules) for one in read] == [{"vit_solution", "lstm_solution"}] * len(read)
    return [{t.split()[1] for t in all_pieces(one.sources).values()} for one in read]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("packed", ["folder", "zip", "zip_in_folder"])
def test_everybody_is_found_with_their_own_files(
    layout: str, packed: str, tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    files = LAYOUTS[layout]()
    if packed == "folder":
        path = write(files, tmp_path / "download")
    else:
        (tmp_path / "download").mkdir()
        path = tmp_path / "download" / "submissions.zip"
        path.write_bytes(zipped(files))
    found = find_submissions(path.parent if packed == "zip_in_folder" else path, a2, sandbox)
    assert owners(found, a2, sandbox) == [{"anna"}, {"ben"}, {"carl"}]
    assert found.unclaimed == []
    assert len({one.student for one in found.submissions}) == 3


def students(found: Class) -> list[str]:
    return [one.student for one in found.submissions]


@pytest.mark.parametrize(
    ("layout", "platform", "names"),
    [
        ("canvas", "Canvas", ["adamsanna", "brownben", "clarkcarl"]),
        ("moodle", "Moodle", ["Anna Adams (4711)", "Anna Adams (4712)", "Carl Clark"]),
        ("gradescope", "Gradescope", ["Anna Adams", "Ben Brown and Dora Davis", "Carl Clark"]),
        ("blackboard", "Blackboard", ["aadams", "b_brown", "cclark"]),
        ("brightspace", "Brightspace", ["Anna Adams", "Ben Brown", "Carl Clark"]),
        ("nbgrader_exchange", "nbgrader", ["aadams", "bbrown", "cclark"]),
        ("github_classroom", "", ["aadams", "b-brown", "cclark"]),
        ("archive_each", "", ["anna", "ben", "carl"]),
        ("prefixed", "", ["anna", "ben", "carl"]),
    ],
)
def test_students_are_called_as_the_platform_calls_them(
    layout: str, platform: str, names: list[str], tmp_path: Path, a2: CourseAssignment,
    sandbox: Sandbox,
) -> None:  # fmt: skip
    found = find_submissions(write(LAYOUTS[layout](), tmp_path), a2, sandbox)
    assert (found.platform, students(found)) == (platform, names)


def test_late_is_what_the_platform_marks_so(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    found = find_submissions(write(platforms.canvas(), tmp_path), a2, sandbox)
    assert [one.late for one in found.submissions] == [False, True, False]


def test_a_group_is_one_submission_of_several(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    found = find_submissions(write(platforms.gradescope(), tmp_path), a2, sandbox)
    assert [one.group for one in found.submissions] == [(), ("Ben Brown", "Dora Davis"), ()]


def test_of_several_attempts_the_latest_is_graded_and_the_note_says_so(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    found = find_submissions(write(platforms.blackboard(), tmp_path), a2, sandbox)
    (note,) = found.submissions[2].notes
    assert "There were 2 submissions" in note and "2026-10-02" in note


def test_files_of_nobody_stop_the_run_with_their_names(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    write({**platforms.canvas(), "who is this.py": b"x"}, tmp_path)
    found = find_submissions(tmp_path, a2, sandbox)
    assert found.unclaimed == ["who is this.py"] and len(found.submissions) == 3
    with pytest.raises(CourseError, match=r"who is this\.py"):
        found.require_all_claimed()


def test_the_roster_names_people_and_shows_who_is_missing(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    roster = Roster([
        Person("101", "Anna Adams", "anna@example.org", "A"),
        Person("102", "Brown, Ben", "ben@example.org", "B"),
        Person("105", "Emil Evans", "emil@example.org", "B"),
    ])  # fmt: skip
    found = find_submissions(write(platforms.canvas(), tmp_path), a2, sandbox, roster)
    assert [(one.name, one.section, one.in_roster) for one in found.submissions] == [
        ("Anna Adams", "A", True), ("Brown, Ben", "B", True), ("clarkcarl", "", False),
    ]  # fmt: skip
    assert [person.name for person in found.missing] == ["Emil Evans"]


def test_everybody_of_a_group_is_looked_up_in_the_roster(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    people = [Person("102", "Ben Brown"), Person("104", "Dora Davis")]
    path = write(platforms.gradescope(), tmp_path)
    found = find_submissions(path, a2, sandbox, Roster(people))
    assert found.missing == []
    assert [one.in_roster for one in found.submissions] == [False, True, False]


@pytest.mark.parametrize("files", [
    of("anna"), under("hw2/", of("anna")), under("hw2/final/", of("anna")),
    {**of("anna"), **under("logs/exp1/", {"log.jsonl": b"{}"}), "figures/a.png": b""},
    {"lstm/lstm_solution.py": of("anna")["lstm_solution.py"],
     "vit/vit_solution.py": of("anna")["vit_solution.py"]},
], ids=["flat", "folder", "deeper", "with_logs", "folder_each_part"])  # fmt: skip
def test_an_archive_of_one_student_is_one_submission(
    files: platforms.Files, tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    (tmp_path / "anna.zip").write_bytes(zipped(files))
    found = find_submissions(tmp_path / "anna.zip", a2, sandbox)
    assert students(found) == ["anna"] and owners(found, a2, sandbox) == [{"anna"}]


def test_names_that_fold_to_one_file_are_kept_apart(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    for name in ("anna b", "Anna_B", "ANNA-B"):
        write(of(name[:4]), tmp_path / name)
    found = find_submissions(tmp_path, a2, sandbox)
    assert students(found) == ["ANNA-B", "Anna_B (2)", "anna b (3)"]


@pytest.mark.parametrize(
    "name", [b"\xff\xfeanna", b"x" * 250, b"a\x1b[31mb\nc", "\u202eanna".encode()]
)
def test_names_that_no_page_could_bear_are_cleaned_once(
    name: bytes, tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    write(of("anna"), tmp_path / os.fsdecode(name))
    write(of("ben"), tmp_path / "ben")
    found = find_submissions(tmp_path, a2, sandbox)
    assert sorted(map(sorted, owners(found, a2, sandbox))) == [["anna"], ["ben"]]
    for student in students(found):
        assert student.isprintable() and len(student) <= 80
        student.encode()


def test_a_folder_without_submissions_says_what_was_expected(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    with pytest.raises(CourseError, match="No submissions were found"):
        find_submissions(tmp_path, a2, sandbox)
    with pytest.raises(CourseError, match="does not exist"):
        find_submissions(tmp_path / "nowhere", a2, sandbox)


def test_a_class_archive_that_is_damaged_is_refused_in_words(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    (tmp_path / "class.zip").write_bytes(zipped(platforms.canvas())[:-30])
    found = find_submissions(tmp_path / "class.zip", a2, sandbox)
    (read,) = read_class(found.submissions, a2, sandbox)
    assert "class.zip is not a zip file that can be read" in read.problems["vit_solution"].message
