"""The complete solution of an assignment, as modules."""

from __future__ import annotations

from autograder.course import CourseAssignment
from autograder.kit.notebook import pieces_of, read_cells
from autograder.kit.source import Modules, python_file


def reference_modules(assignment: CourseAssignment) -> Modules:
    """The reference's parts: Python files and notebooks."""
    modules: Modules = {}
    for part, path in zip(assignment.parts, assignment.reference_files, strict=True):
        if part.is_notebook:
            modules[part.name] = pieces_of(read_cells(path.read_bytes()))
        else:
            modules[part.name] = python_file(part.name, path.read_text("utf-8"))
    return modules
