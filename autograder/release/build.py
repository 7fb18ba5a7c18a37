"""Builds assignments/<name>/ from solutions/<name>/."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import ComputeChecksums, LockCells

from autograder.course import ROOT, Assignment, CourseError
from autograder.intake.notebook import read_cells
from autograder.judge.compare import compare
from autograder.judge.oracle import Oracle
from autograder.observation import Run
from autograder.release.strip import RegionError, strip_solutions
from autograder.release.student_code import copy_lab
from autograder.sandbox.client import Sandbox
from autograder.sandbox.wire import encode

_SELFCHECK_SEED = 1  # the grader's default is 0: same probes, other inputs
_COPIED = (".md", ".png", ".svg")
_MARK_SCHEME = re.compile(r"=== BEGIN MARK SCHEME ===.*?=== END MARK SCHEME ===\s*", re.DOTALL)

# What a self-check consists of: the probes, and comparing. Nothing that knows an answer.
_SELFCHECK = (
    "observation.py", "source.py", "selfcheck/*.py", "probe/*.py", "intake/notebook.py",
    "judge/accuracy.py",
    "judge/attempt.py", "judge/compare.py", "judge/words.py", "sandbox/job.py",
    "sandbox/removal.py", "sandbox/wire.py",
)  # fmt: skip
_HIDDEN = ("misconceptions",)


def release_assignment(assignment: Assignment, target: Path | None = None) -> list[Path]:
    """Write the folder anew; returns its files."""
    target = target or assignment.release
    if not assignment.reference.is_dir():
        raise CourseError(f"There is no {assignment.reference} to release from.")
    shutil.rmtree(target, ignore_errors=True)
    for source in sorted(assignment.reference.glob("*.ipynb")):
        try:
            _write(target / source.name, _release_notebook(source.read_text("utf-8"), assignment))
        except RegionError as error:
            raise CourseError(f"{source}: {error}") from None
    release_files(assignment, target)
    return sorted(path for path in target.rglob("*") if path.is_file())


def release_files(assignment: Assignment, target: Path) -> None:
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


def _release_file(source: Path, assignment: Assignment, target: Path) -> None:
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


def _python_parts(assignment: Assignment) -> set[str]:
    return {part.name for part in assignment.parts if not part.is_notebook}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def rename_parts(text: str, parts: set[str]) -> str:
    """Students' files are called templates: imports must follow."""
    for part in sorted(parts):
        text = re.sub(rf"\b{part}\b", f"{part}_template", text)
    return text


def _release_notebook(text: str, assignment: Assignment) -> str:
    notebook: Any = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        strip_cell(cell, assignment)
    for step in (LockCells(), ComputeChecksums()):  # as `nbgrader generate_assignment` does
        notebook, _ = step.preprocess(notebook, {})
    return str(nbformat.writes(notebook)) + "\n"


def strip_cell(cell: Any, assignment: Assignment) -> None:
    """Code cells lose their solutions and outputs, written answers their mark schemes."""
    told = cell.metadata.get("nbgrader", {})
    if cell.cell_type == "code":
        text = strip_solutions(cell.source).rstrip("\n")
        cell.source = rename_parts(text, _python_parts(assignment))
        cell.outputs, cell.execution_count = [], None
    elif told.get("solution") and told.get("grade"):
        text = _MARK_SCHEME.sub("", cell.source).rstrip() + "\n\n*Your answer:*"
        cell.source = text.lstrip()


# --- the self-check -----------------------------------------------------------------------------


def _release_selfcheck(assignment: Assignment, target: Path) -> None:
    """Copy the probes under the name `selfcheck`, and store the values they must give."""
    package = ROOT / "autograder"
    for source in _selfcheck_sources(package, assignment):
        relative = source.relative_to(package)
        if relative.parts[0] == "selfcheck":
            relative = Path(*relative.parts[1:])
        text = source.read_text("utf-8").replace("autograder.selfcheck.", "autograder.")
        _write(target / relative, text.replace("autograder.", "selfcheck."))
        for folder in relative.parents:
            if not (target / folder / "__init__.py").exists():
                _write(target / folder / "__init__.py", "")
    wanted = assignment.attachment
    names = [f"{wanted.name}{suffix}" for suffix in wanted.suffixes] if wanted else []
    head = {"assignment": assignment.name, "seed": _SELFCHECK_SEED, "attachment": names}
    _write(target / "expected.json", json.dumps(head) + "\n")
    for part in assignment.parts:
        if part.is_notebook:
            _write(target / "cells.json", _given_cells(assignment, part.file_names[0]))
    (target / "expected.bin").write_bytes(b"".join(_stored_values(assignment)))


def _given_cells(assignment: Assignment, name: str) -> str:
    """The cells of the released notebook that the grader runs, as they are given out."""
    released = _release_notebook((assignment.reference / name).read_text("utf-8"), assignment)
    cells = [cell for cell in read_cells(released.encode()) if cell.setup or cell.answer]
    return json.dumps([vars(cell) for cell in cells], indent=1) + "\n"


def _selfcheck_sources(package: Path, assignment: Assignment) -> Iterator[Path]:
    for pattern in _SELFCHECK:
        yield from sorted(package.glob(pattern))
    for path in sorted((package / "assignments" / assignment.name).glob("*.py")):
        if path.stem != "__init__" and not path.stem.startswith(_HIDDEN):
            yield path


def _stored_values(assignment: Assignment) -> Iterator[bytes]:
    """The reference's observations, and those of the known mistakes that show."""
    with Sandbox(assignment.name, assignment.reference) as sandbox:
        oracle = Oracle(sandbox, _SELFCHECK_SEED)
        runs = {
            Run(told["id"], mode): told["target"]
            for told in sandbox.catalogue
            for mode in told["modes"]
            if not told["accuracy"]
        }
        answers = oracle.observe(runs)
        spoilt = {
            Run(run.check, run.mode, mistake.name): mistake.hint
            for run, target in runs.items()
            for mistake in oracle.mistakes
            if mistake.target == target
        }
        answers |= oracle.observe(spoilt)
    for run in [*runs, *spoilt]:
        seen = answers[run]
        plain = answers[Run(run.check, run.mode)]
        if seen.failure is None and (not run.variant or compare(seen, plain)):
            extra = {"mode": run.mode, "hint": spoilt.get(run, "")}
            yield encode(run.check, replace(seen, seconds=0.0), extra)
