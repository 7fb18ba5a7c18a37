"""The roster of a course: a CSV file of the instructor's with id, name, email and section."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course import CourseError
from autograder.intake.names import clean, folded

_HEADERS = {
    "id": ("id", "sid", "student id", "studentid", "student number", "sis user id", "username",
           "user name", "login", "login id", "sis login id", "orgdefinedid", "org defined id",
           "id number", "user"),
    "name": ("name", "student", "student name", "full name", "display name"),
    "first": ("first name", "firstname", "first", "given name"),
    "last": ("last name", "lastname", "last", "surname", "family name"),
    "email": ("email", "e-mail", "mail", "email address", "e-mail address"),
    "section": ("section", "sections", "group", "class", "tutorial"),
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One line of the roster."""

    id: str
    name: str
    email: str = ""
    section: str = ""

    @property
    def label(self) -> str:
        """How the person is called where one word must do."""
        return self.name or self.id or self.email


class Roster:
    """Everybody who takes the course."""

    def __init__(self, people: Sequence[Person] = ()) -> None:
        self.people = list(people)
        self._by_key: list[dict[str, list[Person]]] = []
        for key in _KEYS:
            index: dict[str, list[Person]] = {}
            for person in self.people:
                index.setdefault(key(person), []).append(person)
            self._by_key.append(index)

    def find(self, *names: str) -> Person | None:
        """Whose one of these is: an id, an email address, a name in any order of its words. None
        where it is nobody's or could be two people's."""
        for key, index in zip(_KEYS, self._by_key, strict=True):
            for name in names:
                wanted = key(Person(name, name, name))
                if wanted and len(index.get(wanted, ())) == 1:
                    return index[wanted][0]
        return None


def read_roster(path: Path) -> Roster:
    """The people of a CSV file, saved by any program; `CourseError` says what is wrong."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(f"The roster {path} cannot be read: {error.strerror}.") from None
    text = _decoded(data)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise CourseError(f"The roster {path} cannot be read as CSV ({error}).") from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    columns = _columns(rows[0]) if rows else {}
    if not {"id", "name", "last", "email"} & columns.keys():
        raise CourseError(
            f"The roster {path} has no column called id, name or email in its first line. "
            "Expected: id,name,email,section (each but one may be left out)."
        )
    return Roster([_person(row, columns) for row in rows[1:]])


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    first = text.lstrip().splitlines()[:1] or [""]
    return max(",;\t", key=first[0].count)


def _columns(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        word = " ".join(cell.strip().lower().replace("_", " ").split())
        for meaning, words in _HEADERS.items():
            if word in words:
                found.setdefault(meaning, place)
    return found


def _person(row: Sequence[str], columns: dict[str, int]) -> Person:
    cells = {
        meaning: clean(row[place], 200).strip() if place < len(row) else ""
        for meaning, place in columns.items()
    }
    name = cells.get("name") or f"{cells.get('first', '')} {cells.get('last', '')}".strip()
    return Person(cells.get("id", ""), name, cells.get("email", ""), cells.get("section", ""))


def _words(name: str) -> str:
    """A name in any order of its words: "Smith, Anna" is "Anna Smith"."""
    return "".join(sorted(folded(name).split("_")))


def _letters(name: str) -> str:
    """As Canvas writes it: "Smith, Anna" becomes smithanna."""
    words = folded(name).split("_")
    return "".join(sorted("".join(words)))


_KEYS: tuple[Callable[[Person], str], ...] = (
    lambda person: person.id.casefold(),
    lambda person: person.email.casefold(),
    lambda person: person.email.casefold().partition("@")[0],
    lambda person: _words(person.name),
    lambda person: _letters(person.name),
)
