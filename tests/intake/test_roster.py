"""A roster is read, saved by any program, and joins people by what platforms call them."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.intake.roster import Person, Roster, read_roster

ANNA = Person("101", "Anna Ádams", "anna@example.org", "A")


@pytest.mark.parametrize("data", [
    "id,name,email,section\n101,Anna Ádams,anna@example.org,A\n".encode(),
    "\ufeffID;Name;E-Mail;Section\r\n101;Anna Ádams;anna@example.org;A\r\n".encode(),
    "Student ID\tFirst Name\tLast Name\tEmail Address\tSections\n"
    "101\tAnna\tÁdams\tanna@example.org\tA\n".encode(),
    "ID,NAME,EMAIL,SECTION\n\n 101 , Anna Ádams ,anna@example.org,A,extra\n".encode("cp1252"),
    "id,name,email,section\n101,Anna Ádams,anna@example.org,A\n".encode("utf-16"),
], ids=["plain", "excel", "tabs", "windows", "utf16"])  # fmt: skip
def test_every_programs_csv_is_read(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_bytes(data)
    assert read_roster(tmp_path / "roster.csv").people == [ANNA]


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n"])
def test_a_file_without_people_says_what_it_should_look_like(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_bytes(data)
    with pytest.raises(CourseError, match="id,name,email,section"):
        read_roster(tmp_path / "roster.csv")


@pytest.mark.parametrize("name", ["101", "anna@example.org", "ANNA", "Ádams, Anna", "anna adams",
                                  "adamsanna"])  # fmt: skip
def test_people_are_found_by_any_of_their_names(name: str) -> None:
    others = [Person("102", "Ben Brown", "ben@example.org"), Person("103", "Anna Clark")]
    assert Roster([ANNA, *others]).find(name) == ANNA


def test_of_two_people_of_one_name_nobody_is_guessed() -> None:
    assert Roster([Person("1", "Anna A"), Person("2", "Anna A")]).find("Anna A") is None
