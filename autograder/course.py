"""The course: which assignments there are and where their parts lie."""

from __future__ import annotations

import importlib
import os
import pkgutil
from dataclasses import dataclass
from pathlib import Path

import autograder.assignments

ROOT = Path(__file__).resolve().parents[1]


def held_out_folder() -> Path:
    """Where the images lie on which trained models are graded (see data/README.md)."""
    return Path(os.environ.get("COURSE_DATA") or ROOT / "data") / "held_out"


class CourseError(Exception):
    """An instructor's mistake, in words: what, where, and what to do."""


@dataclass(frozen=True)
class Part:
    """A file that students hand in: `vit_solution` for vit_solution.py, or a notebook."""

    name: str
    is_notebook: bool = False

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names under which it may be handed in, the expected one first."""
        if self.is_notebook:
            return (f"{self.name}.ipynb",)
        return f"{self.name}.py", f"{self.name}_template.py"


@dataclass(frozen=True)
class Attachment:
    """A file that is handed in beside the code, trained weights for instance."""

    name: str
    suffixes: tuple[str, ...]
    max_bytes: int


@dataclass(frozen=True)
class Assignment:
    """One assignment: its name is the folder's name everywhere."""

    name: str
    title: str
    parts: tuple[Part, ...]
    attachment: Attachment | None = None
    logs: bool = False  # whether logs of training runs are handed in as well

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


def assignment_names() -> list[str]:
    """Names of all assignments that have checks."""
    return sorted(info.name for info in pkgutil.iter_modules(autograder.assignments.__path__))


def find_assignment(name: str) -> Assignment:
    """The assignment of that name; `CourseError` lists the names when there is none."""
    if name not in assignment_names():
        known = "\n".join(f"  {one}" for one in assignment_names())
        raise CourseError(f"There is no assignment `{name}`. There are:\n{known}")
    found: Assignment = importlib.import_module(f"autograder.assignments.{name}").ASSIGNMENT
    return found
