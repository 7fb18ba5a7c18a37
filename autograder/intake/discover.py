"""Finds the submissions of a class in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.course import CourseError
from autograder.kit.assignment import Assignment


@dataclass(frozen=True)
class Entrant:
    """One student's hand-in: where it lies, and what was odd about where it lay."""

    student: str
    path: Path
    notes: tuple[str, ...] = ()


def find_submissions(path: Path, assignment: Assignment) -> list[Entrant]:
    """A folder with one folder or zip per student, or one single submission."""
    if not path.exists():
        raise CourseError(f"{path} does not exist: give a folder with submissions, or one of them.")
    if path.is_file():
        return [Entrant(path.stem, path)]
    items = [item for item in sorted(path.iterdir()) if not item.name.startswith((".", "__"))]
    loose = [item for item in items if item.is_file() and item.suffix in (".py", ".ipynb")]
    found = [
        item
        for item in items
        if not item.is_symlink() and (item.is_dir() or item.suffix.lower() == ".zip")
    ]
    expected = {name for part in assignment.parts for name in part.file_names}
    if any(item.name in expected for item in loose) or (loose and not found):
        return [Entrant(path.resolve().name, path)]
    if not found:
        names = ", ".join(part.file_names[0] for part in assignment.parts)
        raise CourseError(
            f"No submissions were found in {path}. Expected: one folder or .zip file per student, "
            f"or a single submission with {names}."
        )
    return _one_each(found)


def _one_each(paths: list[Path]) -> list[Entrant]:
    """Two hand-ins under one name: the newer one is graded, and both parties are told."""
    by_student: dict[str, list[Path]] = {}
    for path in paths:
        by_student.setdefault(path.name if path.is_dir() else path.stem, []).append(path)
    entrants = []
    for student, theirs in by_student.items():
        newest = max(theirs, key=lambda path: path.stat().st_mtime)
        others = ", ".join(path.name for path in theirs if path != newest)
        note = (
            f"There were two hand-ins: the newer one, {newest.name}, was graded and not {others}."
        )
        entrants.append(Entrant(student, newest, (note,) if others else ()))
    return entrants
