"""Seconds per further notebook: nbgrader as it comes, and nbgrader with this repository's settings.

    .venv/bin/python benchmarks/nbgrader_twenty_notebooks.py [--notebooks 20]

Both grade the same notebooks of a1 with `nbgrader autograde` and the same checks. As it comes,
nbgrader starts a kernel for each notebook, imports torch, runs the cells, and then the checks as
hidden tests in that same kernel, reference included. The cells of task 2.2c, which download and
train, are left out on both sides; the short ones under "Try it" stay, and only stock nbgrader runs
them. The notebooks are right, in several styles. "Further" is what one more notebook costs once the
class has begun: the time for twice the notebooks, less the time for the notebooks, divided by their
number.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from autograder.course import ROOT, find_assignment
from tests.submissions.build import build_class

A1 = find_assignment("a1_sequence_modeling")
_TRAINS = ("datasets.CIFAR10", "train_loader", "CHECKPOINT")  # words of the cells of task 2.2c
QUESTION = re.compile(r'"([\w.]+)"')
HIDDEN = """
import os, sys
sys.path.insert(0, {root!r})
from autograder.kit.compare import compare
from autograder.grading.reference import reference_modules
from autograder.course import find_assignment
from autograder.kit.check import load_checks
from autograder.kit.modules import SourceFinder, load
from autograder.kit.run import observe_run

_modules = reference_modules(find_assignment({name!r}))


def _reference(part):
    finder = SourceFinder(_modules)
    kept = {{name: sys.modules.pop(name, None) for name in _modules}}
    sys.meta_path.insert(0, finder)
    try:
        return load(part)
    finally:
        sys.meta_path.remove(finder)
        sys.modules.update({{name: module for name, module in kept.items() if module}})


class _Student:
    def __init__(self, names):
        self.__dict__ = names
        self.__file__ = "main.ipynb"


def check(question, names):
    for one in load_checks({name!r}).values():
        info = one.info()
        if info.question == question and not info.accuracy:
            ours = observe_run(one, info.modes[0], _reference(info.file), 0, [])
            theirs = observe_run(one, info.modes[0], _Student(names), 0, [])
            assert theirs.failure is None and compare(theirs, ours) is None, one.id
"""


def course(folder: Path, stock: bool) -> None:
    """A course folder; with `stock`, nbgrader's own settings and tests in the notebook."""
    source = folder / "solutions" / A1.name
    if stock:
        source.mkdir(parents=True)
        (folder / "nbgrader_config.py").write_text(
            'c = get_config()\nc.CourseDirectory.source_directory = "solutions"\n'
            'c.CourseDirectory.release_directory = "assignments"\nimport os, sys\n'
            'os.environ["PATH"] = os.path.dirname(sys.executable) + ":" + os.environ["PATH"]\n'
        )
        hidden = HIDDEN.format(root=str(ROOT), name=A1.name)
        (source / "hidden.py").write_text(hidden, "utf-8")
        text = (A1.reference / "main.ipynb").read_text("utf-8")
        (source / "main.ipynb").write_text(json.dumps(prepared(json.loads(text), stock)), "utf-8")
    else:
        for name in ("autograder", "solutions", "lab", "data"):
            ignore = shutil.ignore_patterns("__pycache__", "sample-*", "held_out", "cifar-10-*")
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        shutil.copy(ROOT / "nbgrader_config.py", folder)
    nbgrader(folder, "generate_assignment", A1.name)


def prepared(notebook: Any, stock: bool) -> Any:
    """Without downloads; for stock nbgrader with hidden tests in place of the self-checks."""
    kept = [c for c in notebook["cells"] if not any(w in "".join(c["source"]) for w in _TRAINS)]
    for cell in kept if stock else []:
        marks = cell["metadata"].get("nbgrader", {})
        text = "".join(cell["source"]).replace("import selfcheck\n", "")
        if marks.get("grade") and cell["cell_type"] == "code":
            (question,) = QUESTION.findall(text)
            call = f"import hidden\nhidden.check({question!r}, globals())"
            text = f"### BEGIN HIDDEN TESTS\n{call}\n### END HIDDEN TESTS"
        cell["source"] = text
    return {**notebook, "cells": kept}


def submit(folder: Path, students: list[Path], stock: bool, group: str) -> None:
    """The same work in both courses, under names that begin with `group`."""
    for number, student in enumerate(students):
        target = folder / "submitted" / f"{group}{number:02}" / A1.name
        target.mkdir(parents=True)
        notebook = json.loads((student / "main.ipynb").read_text("utf-8"))
        (target / "main.ipynb").write_text(json.dumps(prepared(notebook, stock)), "utf-8")
        shutil.copy(student / "gru_solution.py", target)


def nbgrader(folder: Path, *arguments: str) -> tuple[float, float]:
    """Run a command; processor and wall seconds of all it started."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [Path(sys.executable).parent / "nbgrader", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder)}  # the code of that course, not ours
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - started


def sample(students: list[Path], count: int) -> list[Path]:
    """Right notebooks in several styles. (One with a mistake costs ours more: it looks again.)"""
    right = itertools.cycle(p for p in students if p.name.startswith("correct_"))
    return [next(right) for _ in range(count)]


def main(count: int) -> None:
    """Measure both, print a table."""
    further: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as temporary:
        students = sample(build_class(A1.name, Path(temporary) / "class"), count)
        print(f"{'':22} {count} notebooks   {2 * count} notebooks   one more (processor s, wall s)")
        for name, stock in (("nbgrader as it comes", True), ("with our settings", False)):
            folder = Path(temporary) / name.replace(" ", "_")
            folder.mkdir()
            course(folder, stock)
            submit(folder, students, stock, "a")
            once = nbgrader(folder, "autograde", A1.name)
            submit(folder, students, stock, "b")
            twice = nbgrader(folder, "autograde", A1.name, "--force")
            cpu, wall = ((t - o) / count for o, t in zip(once, twice, strict=True))
            further.append((cpu, wall))
            print(f"{name:22} {once[1]:10.1f} s   {twice[1]:10.1f} s   {cpu:.3f}, {wall:.3f}")
    (stock_cpu, stock_wall), (our_cpu, our_wall) = further
    print(f"ours takes {stock_cpu / our_cpu:.1f} times less processor time and "
          f"{stock_wall / our_wall:.1f} times less wall time per further notebook")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", type=int, default=20, help="size of the class (20)")
    main(parser.parse_args().notebooks)
