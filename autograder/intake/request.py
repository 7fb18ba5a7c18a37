"""What the confined reader must know of an assignment: nothing that a student may not."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from autograder.course import CourseAssignment, assignment_names, find_assignment
from autograder.intake.entries import ARCHIVES
from autograder.intake.logs import SUFFIXES
from autograder.intake.parts import essence
from autograder.kit.assignment import Part
from autograder.kit.notebook import Cell, read_cells

_REGION = re.compile(
    r"^[ \t]*### BEGIN SOLUTION.*?^[ \t]*### END SOLUTION", re.DOTALL | re.MULTILINE
)
_DEFINITION = re.compile(r"^(?:class|def)\s+\w+", re.MULTILINE)


def suffixes_of(assignment: CourseAssignment) -> tuple[str, ...]:
    """Suffixes of the files that are read; notebooks always, to say whose they are."""
    attached = assignment.attachment.suffixes if assignment.attachment else ()
    return (".py", ".ipynb", *attached, *(SUFFIXES if assignment.logs else ()))


def request_of(assignment: CourseAssignment) -> dict[str, Any]:
    """The request, without the files."""
    attachment = assignment.attachment
    others = [find_assignment(name) for name in assignment_names() if name != assignment.name]
    return {
        "parts": [_part(part, assignment) for part in assignment.parts],
        "others": {one.name: [p.name for p in one.parts if not p.is_notebook] for one in others},
        "marks": {"": _marks(assignment)} | {one.name: _marks(one) for one in others},
        "suffixes": [*suffixes_of(assignment), *ARCHIVES],
        "attachment": vars(attachment) if attachment else None,
        "logs": assignment.logs,
    }


@cache
def _part(part: Part, assignment: CourseAssignment) -> dict[str, Any]:
    path = assignment.reference / part.file_names[0]
    cells = _graded_cells(path) if part.is_notebook else []
    text = "\n".join(cell.text for cell in cells) if cells else path.read_text("utf-8")
    return {
        "name": part.name,
        "file": part.file_names[0],
        "names": list(part.file_names),
        "notebook": part.is_notebook,
        "template": sorted(set(essence(_released(text)))),
        "cells": [vars(replace(cell, text=_skeleton(cell))) for cell in cells],
    }


def _released(text: str) -> str:
    """A text of the solution without its answers."""
    return _REGION.sub("", text)


def _graded_cells(path: Path) -> list[Cell]:
    """The cells of our own notebook: where answers belong, and the setup that is given."""
    return [cell for cell in read_cells(path.read_bytes()) if cell.setup or cell.answer]


def _skeleton(cell: Cell) -> str:
    """Given cells as they are; of answers only what they define, by which they are found."""
    return cell.text if cell.setup else "\n".join(_DEFINITION.findall(cell.text))


@cache
def _marks(assignment: CourseAssignment) -> list[str]:
    """Ids of the answer cells of an assignment's notebook."""
    path = assignment.reference / "main.ipynb"
    if not path.is_file():
        return []
    return sorted({cell.answer for cell in read_cells(path.read_bytes()) if cell.answer})
