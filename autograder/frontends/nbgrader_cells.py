"""What nbgrader's commands call in place of their own steps. See nbgrader_config.py.

generate_assignment  StripAnswers   answers out of notebook, .py files and everything else
autograde            make_readable  a notebook that cannot be opened is replaced, and kept beside
                     RestoreCells   nbgrader's marks as they were released
                     GradeOutside   in place of Execute: no student code runs in a kernel
"""

from __future__ import annotations

import contextlib
import copy
import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum
from traitlets import Integer

from autograder.course import CourseAssignment, CourseError, assignment_names, find_assignment
from autograder.frontends.class_run import grade_submission, grader_of_this_process
from autograder.gradebook.pages import cell_feedback
from autograder.grading.result import CheckResult
from autograder.grading.seeds import course_seed
from autograder.grading.settings import Settings
from autograder.intake.entries import MAX_FILE_BYTES
from autograder.intake.submission import read_submission
from autograder.kit.notebook import Unreadable, read_cells
from autograder.kit.source import NOTEBOOK
from autograder.release.build import release_files, strip_cell

Both = tuple[Any, dict[str, Any]]  # a notebook, and what nbgrader knows of it
_QUESTION = re.compile(r"""["']([\w.]+)["']""")
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_UNREADABLE = "autograder_unreadable"  # key in a substitute notebook's metadata


class StripAnswers(NbGraderPreprocessor):
    """Takes the answers out of the notebook, and of all that was copied beside it."""

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> Both:
        """Any error here makes nbgrader remove the folder: nothing unstripped stays."""
        assignment = find_assignment(resources["nbgrader"]["assignment"])
        course = CourseDirectory(config=self.config)
        folder = Path(course.format_path(course.release_directory, ".", assignment.name))
        release_files(assignment, folder)
        for cell in nb.cells:
            strip_cell(cell, assignment)
        return nb, resources


class RestoreCells(NbGraderPreprocessor):
    """Puts nbgrader's marks back where a student has lost, copied or changed them."""

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> Both:
        """Cells that were deleted come back as they were released, without an answer."""
        assignment = find_assignment(resources["nbgrader"]["assignment"])
        given = {_grade_id(cell): cell for cell in _given_cells(assignment)}
        nb.metadata["kernelspec"] = _KERNEL
        seen: set[str] = set()
        for cell in nb.cells:
            mark = cell.metadata.get("nbgrader")
            grade_id = _grade_id(cell)
            if grade_id in given and grade_id not in seen:
                _mark(cell, given[grade_id])
                seen.add(grade_id)
            elif mark is not None:  # a copy, or a mark of another assignment
                del cell.metadata["nbgrader"]
        place = 0
        for grade_id, cell in given.items():
            if grade_id in seen:
                place = 1 + next(i for i, c in enumerate(nb.cells) if _grade_id(c) == grade_id)
            else:
                self.log.warning("Cell %s was missing and has been put back", grade_id)
                nb.cells.insert(place, copy.deepcopy(cell))
                place += 1
        return nb, resources


class GradeOutside(NbGraderPreprocessor):
    """Grades the submission in the sandbox and writes points and feedback into its cells."""

    seed = Integer(
        None, allow_none=True, help="Seed of the random inputs; the course's own when left out."
    ).tag(config=True)
    cpu_seconds = Integer(10, help="Processor seconds that one check may take.").tag(config=True)

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> Both:
        """Every autograded cell gets a number, 0 where there is nothing to say: nbgrader would
        give full marks to a cell without one."""
        known = resources["nbgrader"]
        assignment = find_assignment(known["assignment"])
        course = CourseDirectory(config=self.config)
        folder = course.format_path(course.submitted_directory, known["student"], assignment.name)
        seed = course_seed() if self.seed is None else self.seed
        grader = grader_of_this_process(Settings(assignment.name, seed, self.cpu_seconds))
        submission = read_submission(Path(folder), assignment, grader.sandbox, known["student"])
        result = grade_submission(grader, submission)
        unreadable = str(nb.metadata.get(_UNREADABLE, ""))
        questions = _questions(assignment)
        for cell in nb.cells:
            if _is_autograded(cell):
                asked = questions.get(_grade_id(cell), [])
                checks = [check for check in result.checks if check.question in asked]
                notes = [unreadable] if unreadable else result.notes
                cell.outputs = [_output(cell, checks, notes)]
                cell.execution_count = None
        return nb, resources


def make_readable(assignment: str, student: str, notebooks: list[str]) -> None:
    """Before a submission is converted: a notebook that nbgrader cannot open is replaced.

    The substitute is the released notebook, and so earns nothing; what was submitted is
    kept beside it. A single notebook under another name is taken for the one that is expected.
    """
    for number, name in enumerate(notebooks):
        path = Path(name)
        course = next((a for a in assignment_names() if a in path.parts), "")
        if not course:
            continue
        expected = path.with_name(NOTEBOOK)
        if path != expected and len(notebooks) == 1 and not expected.exists():
            path = path.rename(expected)
            notebooks[number] = str(path)
        why = _unreadable(path)
        if why:
            path.rename(path.with_name(f"{path.name}.unreadable"))
            substitute = nbformat.read(find_assignment(course).release / NOTEBOOK, as_version=4)
            substitute.metadata[_UNREADABLE] = why
            nbformat.write(substitute, path)


def _unreadable(path: Path) -> str:
    """Why a notebook cannot be opened, or nothing."""
    if path.stat().st_size > MAX_FILE_BYTES:
        return (
            f"`{path.name}` is larger than {MAX_FILE_BYTES >> 20} MB and was not read. Clear its "
            "outputs and submit it again."
        )
    try:
        read_cells(path.read_bytes())
        nbformat.read(path, as_version=4)
    except Unreadable as error:
        return str(error)
    except Exception as error:  # nbgrader would fail on it next
        return f"`{path.name}` cannot be opened ({type(error).__name__}). Save it again in Jupyter."
    return ""


@cache
def _given_cells(assignment: CourseAssignment) -> list[Any]:
    """The cells of the solution's notebook that nbgrader knows of, stripped."""
    path = assignment.reference / NOTEBOOK
    if not path.exists():
        raise CourseError(f"There is no {path}: nbgrader grades notebooks.")
    cells = [
        cell for cell in nbformat.read(path, as_version=4).cells if "nbgrader" in cell.metadata
    ]
    for cell in cells:
        strip_cell(cell, assignment)
        cell.metadata.nbgrader["checksum"] = compute_checksum(cell)  # an unchanged answer earns 0
    return cells


@cache
def _questions(assignment: CourseAssignment) -> dict[str, list[str]]:
    """Grade cell -> the questions whose points it carries, as the solution's cell names them."""
    return {
        _grade_id(cell): _QUESTION.findall(cell.source)
        for cell in _given_cells(assignment)
        if _is_autograded(cell)
    }


def _mark(cell: Any, given: Any) -> None:
    """The cell's type, marks and, where it is locked, text as they were released."""
    if cell.cell_type != given.cell_type:
        cell.cell_type = given.cell_type
        for name in ("outputs", "execution_count"):
            cell.pop(name, None)
            if name in given:
                cell[name] = copy.deepcopy(given[name])
    cell.metadata["nbgrader"] = copy.deepcopy(given.metadata.nbgrader)
    if given.metadata.nbgrader.get("locked"):
        cell.source = given.source


def _grade_id(cell: Any) -> str:
    with contextlib.suppress(AttributeError, KeyError, TypeError):
        return str(cell.metadata["nbgrader"]["grade_id"])
    return ""


def _is_autograded(cell: Any) -> bool:
    mark = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(mark.get("grade")) and not mark.get("solution")


def _output(cell: Any, checks: list[CheckResult], notes: list[str]) -> Any:
    """The points as a number, which nbgrader reads, and the feedback, which people read."""
    most = float(cell.metadata.nbgrader.get("points", 0))
    earned = round(sum(check.points for check in checks), 6)
    data = {
        "text/plain": f"{max(0.0, min(earned, most)):g}",
        "text/html": cell_feedback(checks, notes),
    }
    return nbformat.v4.new_output("execute_result", data=data, execution_count=1)
