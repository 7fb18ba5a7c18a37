"""Builds assignments/<name>/ from solutions/<name>/."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import ComputeChecksums, LockCells

from autograder.course import ROOT, CourseAssignment, CourseError
from autograder.kit.notebook import Cell, read_cells
from autograder.release.archive import selfcheck_archive
from autograder.release.strip import RegionError, strip_solutions
from autograder.release.student_code import copy_lab

_COPIED = (".md", ".png", ".svg")
_MARK_SCHEME = re.compile(r"=== BEGIN MARK SCHEME ===.*?=== END MARK SCHEME ===\s*", re.DOTALL)


def release_assignment(assignment: CourseAssignment, target: Path | None = None) -> list[Path]:
    """Write the folder anew; returns its files."""
    target = target or assignment.release
    if not assignment.reference.is_dir():
        raise CourseError(f"There is no {assignment.reference} to release from.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".release-") as folder:
        fresh = Path(folder) / target.name
        for source in sorted(assignment.reference.glob("*.ipynb")):
            try:
                text = _release_notebook(source.read_text("utf-8"), assignment)
            except RegionError as error:
                raise CourseError(f"{source}: {error}") from None
            _write(fresh / source.name, text)
        release_files(assignment, fresh)
        shutil.rmtree(target, ignore_errors=True)  # only now that all of it could be made
        fresh.rename(target)
    return sorted(path for path in target.rglob("*") if path.is_file())


def release_files(assignment: CourseAssignment, target: Path) -> None:
    """Write everything but the notebooks; what else lies in `target` is removed."""
    for old in sorted(target.rglob("*"), reverse=True):
        if old.is_dir() and not any(old.iterdir()):
            old.rmdir()
        elif old.is_file() and old.suffix != ".ipynb":
            old.unlink()
    for source in sorted(assignment.reference.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            _release_file(source, assignment, target)
    copy_lab(assignment.reference, target)
    _release_selfcheck(assignment, target / "selfcheck")


def _release_file(source: Path, assignment: CourseAssignment, target: Path) -> None:
    relative = source.relative_to(assignment.reference)
    parts = _python_parts(assignment)
    try:
        if source.suffix == ".py" and len(relative.parts) == 1:
            text = rename_parts(strip_solutions(source.read_text("utf-8")), parts)
            stem = f"{source.stem}_template" if source.stem in parts else source.stem
            _write(target / f"{stem}.py", text)
        elif source.suffix in _COPIED or source.name == "requirements.txt":
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / relative)
    except RegionError as error:
        raise CourseError(f"{source}: {error}") from None


def _python_parts(assignment: CourseAssignment) -> set[str]:
    return {part.name for part in assignment.parts if not part.is_notebook}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def rename_parts(text: str, parts: set[str]) -> str:
    """Students' files are called templates: imports must follow."""
    for part in sorted(parts):
        text = re.sub(rf"\b{part}\b", f"{part}_template", text)
    return text


def _release_notebook(text: str, assignment: CourseAssignment) -> str:
    notebook: Any = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        strip_cell(cell, assignment)
    for step in (LockCells(), ComputeChecksums()):  # as `nbgrader generate_assignment` does
        notebook, _ = step.preprocess(notebook, {})
    return str(nbformat.writes(notebook)) + "\n"


def strip_cell(cell: Any, assignment: CourseAssignment) -> None:
    """Code cells lose their solutions and outputs, written answers their mark schemes."""
    mark = cell.metadata.get("nbgrader", {})
    if cell.cell_type == "code":
        text = strip_solutions(cell.source).rstrip("\n")
        cell.source = rename_parts(text, _python_parts(assignment))
        cell.outputs, cell.execution_count = [], None
    elif mark.get("solution") and mark.get("grade"):
        text = _MARK_SCHEME.sub("", cell.source).rstrip() + "\n\n*Your answer:*"
        cell.source = text.lstrip()


def _release_selfcheck(assignment: CourseAssignment, target: Path) -> None:
    """A small readable package over one archive."""
    for source in sorted((ROOT / "autograder" / "selfcheck" / "shim").glob("*.py")):
        _write(target / source.name, source.read_text("utf-8"))
    cells = [
        vars(cell)
        for part in assignment.parts
        if part.is_notebook
        for cell in _graded_cells(assignment, part.file_names[0])
    ]
    (target / "kit.zip").write_bytes(selfcheck_archive(assignment, cells))


def _graded_cells(assignment: CourseAssignment, name: str) -> list[Cell]:
    """The cells of the released notebook that the grader runs, without answers."""
    released = _release_notebook((assignment.reference / name).read_text("utf-8"), assignment)
    return [cell for cell in read_cells(released.encode()) if cell.setup or cell.answer]
