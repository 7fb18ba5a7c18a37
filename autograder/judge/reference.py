"""The complete solution of an assignment, as modules."""

from __future__ import annotations

from autograder.course import Assignment
from autograder.intake.notebook import pieces_of, read_cells
from autograder.source import Modules, python_file


def reference_modules(assignment: Assignment) -> Modules:
    """The reference's Python files, and its notebook where that is a part of the assignment."""
    modules = {
        path.stem: python_file(path.stem, path.read_text("utf-8"))
        for path in sorted(assignment.reference.glob("*.py"))
    }
    for part in assignment.parts:
        if part.is_notebook:
            data = (assignment.reference / part.file_names[0]).read_bytes()
            modules[part.name] = pieces_of(read_cells(data))
    return modules
