"""The course: which assignments there are and where their parts lie."""

from __future__ import annotations

import os
import pkgutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import autograder.assignments
from autograder.kit.assignment import Assignment
from autograder.kit.errors import CheckError, import_written

ROOT = Path(__file__).resolve().parents[1]


def held_out_folder() -> Path:
    """Where the images lie on which trained models are graded (see data/README.md)."""
    return Path(os.environ.get("COURSE_DATA") or ROOT / "data") / "held_out"


class CourseError(Exception):
    """An instructor's mistake, in words: what, where, and what to do."""


@dataclass(frozen=True)
class CourseAssignment(Assignment):
    """An assignment of this course, with the folders it lies in."""

    @property
    def reference(self) -> Path:
        """The folder with the complete solution. Never shipped."""
        return ROOT / "solutions" / self.name

    @property
    def reference_files(self) -> list[Path]:
        """What of it the grader runs: the parts, and nothing that lies beside them."""
        return [self.reference / part.file_names[0] for part in self.parts]

    @property
    def release(self) -> Path:
        """The folder students get. Generated from `reference`."""
        return ROOT / "assignments" / self.name

    def require_reference(self) -> None:
        """`CourseError` where a file of the reference is missing."""
        missing = [str(path) for path in self.reference_files if not path.is_file()]
        if missing:
            raise CourseError(f"The reference of {self.name} is missing: {', '.join(missing)}")


def assignment_names() -> list[str]:
    """Names of all assignments that have checks."""
    packages = pkgutil.iter_modules(autograder.assignments.__path__)
    return sorted(info.name for info in packages if info.ispkg)


@cache
def find_assignment(name: str) -> CourseAssignment:
    """The assignment of that name; `CourseError` lists the names when there is none."""
    if name not in assignment_names():
        known = "\n".join(f"  {one}" for one in assignment_names())
        raise CourseError(f"There is no assignment `{name}`. There are:\n{known}")
    try:
        found: Assignment = import_written(f"autograder.assignments.{name}").ASSIGNMENT
    except CheckError as error:
        raise CourseError(str(error)) from None
    return CourseAssignment(**vars(found))
