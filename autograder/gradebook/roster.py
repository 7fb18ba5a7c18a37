"""Who the students are on the learning platform: roster.csv, with id, name, email, section."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from autograder.course import CourseError
from autograder.kit.text import one_line

_NAMES = {
    "id": ("id", "student id", "sis user id", "orgdefinedid", "id number"),
    "login": ("login", "username", "user name", "sis login id"),
    "name": ("name", "student", "full name", "student name"),
    "email": ("email", "email address", "e-mail"),
    "section": ("section", "group"),
    "canvas_id": ("canvas id", "canvas_id"),
}


@dataclass(frozen=True)
class Person:
    """One line of the roster; what is not known is empty."""

    name: str = ""
    id: str = ""
    login: str = ""
    email: str = ""
    section: str = ""
    canvas_id: str = ""

    @property
    def user_name(self) -> str:
        """The login, or the part of the address that usually is one."""
        return self.login or self.email.partition("@")[0] or self.id

    @property
    def first_and_last(self) -> tuple[str, str]:
        """From "Doe, Jane" or "Jane Doe"."""
        if "," in self.name:
            last, _, first = self.name.partition(",")
            return first.strip(), last.strip()
        first, _, last = self.name.rpartition(" ")
        return first.strip(), last.strip()


class Roster:
    """Finds a person by what the results call the student."""

    def __init__(self, people: list[Person]) -> None:
        self._found: dict[str, Person] = {}
        for person in people:
            for key in (person.id, person.login, person.email, person.name, person.user_name):
                if key:
                    self._found.setdefault(key.casefold(), person)

    def find(self, student: str) -> Person:
        """The person, or one who has nothing but the name in the results."""
        return self._found.get(student.casefold()) or Person(name=student, id=student)


def load_roster(path: Path | None) -> Roster:
    """Read the roster; without one, students are who the results say they are."""
    if path is None:
        return Roster([])
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read as UTF-8 text: {error}.") from None
    reader = csv.DictReader(lines)
    columns = {name.strip().casefold(): name for name in reader.fieldnames or ()}
    ours = {
        field: next((columns[name] for name in names if name in columns), "")
        for field, names in _NAMES.items()
    }
    if not (ours["id"] or ours["login"] or ours["email"]) or not ours["name"]:
        raise CourseError(f"{path}: the first line must name a column id (or email) and name.")
    return Roster(
        [
            Person(**{f: one_line(row.get(column) or "") for f, column in ours.items() if column})
            for row in reader
        ]
    )
