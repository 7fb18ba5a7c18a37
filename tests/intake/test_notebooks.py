"""Notebooks as students hand them in: read as data, run cell by cell, never trusted."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.course import find_assignment
from autograder.grading.grader import Grader
from autograder.grading.result import SubmissionResult
from autograder.grading.settings import Settings
from autograder.intake.submission import read_submission

A1 = find_assignment("a1_sequence_modeling")
FULL = 6.5  # of the notebook, without the cell in the .py file and the trained weights


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    settings = Settings(A1.name, 0, cpu_seconds=2)
    with Grader.open(settings) as grader:
        yield grader


class Notebook:
    """The right notebook, to be changed."""

    def __init__(self, folder: Path, grader: Grader) -> None:
        self.path, self._grader = folder / "main.ipynb", grader
        self.content = json.loads((A1.reference / "main.ipynb").read_text("utf-8"))

    @property
    def cells(self) -> list[dict[str, Any]]:
        return self.content["cells"]  # type: ignore[no-any-return]

    def cell(self, text: str) -> dict[str, Any]:
        """The first code cell with this text in it."""
        return next(
            c for c in self.cells if c["cell_type"] == "code" and text in "".join(c["source"])
        )

    def change(self, text: str, old: str, new: str) -> None:
        """Replace text in a cell."""
        cell = self.cell(text)
        source = "".join(cell["source"])
        assert old in source
        cell["source"] = source.replace(old, new)

    def put_before(self, text: str, code: str) -> None:
        """Code at the head of a cell."""
        cell = self.cell(text)
        cell["source"] = code + "\n" + "".join(cell["source"])

    def grade(self, data: bytes | None = None) -> SubmissionResult:
        """Hand it in, or other bytes under its name."""
        self.path.write_bytes(json.dumps(self.content).encode() if data is None else data)
        return self.regrade()

    def regrade(self) -> SubmissionResult:
        """Grade the folder as it is."""
        return self._grader.grade(
            read_submission(self.path.parent, A1, self._grader.sandbox, "student")
        )


@pytest.fixture
def notebook(tmp_path: Path, grader: Grader) -> Notebook:
    folder = tmp_path / "student"
    folder.mkdir()
    return Notebook(folder, grader)


def lost(result: SubmissionResult) -> set[str]:
    """Names of the functions of the notebook that lost points."""
    return {
        c.target.partition(":")[2]
        for c in result.checks
        if c.status != "passed" and c.target.startswith("main:") and c.question != "2.2c"
    }


def message(result: SubmissionResult, target: str) -> str:
    """What was said about a function."""
    return next(c.message for c in result.checks if c.target == f"main:{target}")


def test_the_right_notebook_gets_all_points(notebook: Notebook) -> None:
    result = notebook.grade()
    assert result.score == FULL and lost(result) == set() and result.notes == []


# --- files that are no notebook of this assignment ----------------------------------------------


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"print('a script')", "cannot be read as JSON"),
        (b"", "cannot be read as JSON"),
        (b"{}", "not a notebook that Jupyter could have saved"),
        (b"[1, 2]", "not a notebook"),
        (b'{"cells": 7, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "not a notebook"),
        (b"[" * 100_000, "not a notebook"),
        (b"\xff\xfe\x00", "cannot be read as JSON"),
    ],
    ids=["script", "empty", "object", "list", "cells", "nested", "bytes"],
)
def test_a_file_that_is_no_notebook(data: bytes, why: str, notebook: Notebook) -> None:
    result = notebook.grade(data)
    assert result.score == 0
    assert why in message(result, "PatchEmbed")


def test_a_notebook_of_another_assignment(notebook: Notebook) -> None:
    other = find_assignment("a2_lstm_and_vit").release / "main.ipynb"
    result = notebook.grade(other.read_bytes())
    assert result.score == 0
    assert "not the notebook of this assignment" in message(result, "ViT")


def test_a_notebook_of_200_megabytes(notebook: Notebook) -> None:
    with notebook.path.open("wb") as file:
        file.truncate(200 << 20)
    result = notebook.regrade()
    assert result.score == 0
    assert any("larger than 20 MB" in note for note in result.notes)


def test_an_older_format(notebook: Notebook) -> None:
    """nbformat 3: worksheets, `input` for `source`, no cell ids."""
    cells = []
    for cell in notebook.cells:
        old = copy.deepcopy(cell)
        old.pop("id", None)
        if old["cell_type"] == "code":
            old |= {"input": old.pop("source"), "language": "python", "collapsed": False}
            old["prompt_number"] = old.pop("execution_count")
        cells.append(old)
    content = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": cells}],
    }
    assert notebook.grade(json.dumps(content).encode()).score == FULL


def test_without_a_kernel_name_and_without_ids(notebook: Notebook) -> None:
    notebook.content["metadata"] = {}
    notebook.content["nbformat_minor"] = 2
    for cell in notebook.cells:
        cell.pop("id", None)
    assert notebook.grade().score == FULL


def test_under_another_name(notebook: Notebook) -> None:
    notebook.grade()
    notebook.path.rename(notebook.path.with_name("my homework.ipynb"))
    result = notebook.regrade()
    assert result.score == FULL
    assert result.notes == ["my homework.ipynb was taken for main.ipynb."]


# --- cells --------------------------------------------------------------------------------------


def test_cells_in_another_order(notebook: Notebook) -> None:
    notebook.cells.reverse()
    assert notebook.grade().score == FULL


def test_an_answer_cell_that_was_deleted(notebook: Notebook) -> None:
    notebook.cells.remove(notebook.cell("class PatchEmbed"))
    result = notebook.grade()
    assert lost(result) == {"PatchEmbed"}  # what builds on it is graded with a stand-in
    assert any("`PatchEmbed`" in note and "is missing" in note for note in result.notes)


def test_an_answer_cell_that_was_copied(notebook: Notebook) -> None:
    wrong = copy.deepcopy(notebook.cell("class PatchEmbed"))
    wrong["source"] = "class PatchEmbed: pass"
    notebook.cells.insert(0, wrong)
    result = notebook.grade()
    assert lost(result) == set()  # the copy that comes last counts, as in Jupyter
    assert any("2 copies" in note for note in result.notes)


def test_an_answer_cell_that_lost_its_mark(notebook: Notebook) -> None:
    notebook.cell("class PatchEmbed")["metadata"] = {}
    result = notebook.grade()
    assert lost(result) == set()
    assert any("lost its mark" in note for note in result.notes)


def test_marks_that_are_nonsense(notebook: Notebook) -> None:
    for cell in notebook.cells:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"] = {"nbgrader": [1], "tags": "setup"}
    assert lost(notebook.grade()) == set()


def test_a_setup_cell_that_was_spoilt_or_deleted(notebook: Notebook) -> None:
    notebook.put_before("import selfcheck", "raise ValueError('mine')")
    notebook.cells.remove(notebook.cell("class GRULayer"))
    assert lost(notebook.grade()) == set()


def test_an_import_added_to_a_setup_cell(notebook: Notebook) -> None:
    notebook.put_before("import selfcheck", "import math as m")
    notebook.change("def self_attention", "math.sqrt", "m.sqrt")
    assert lost(notebook.grade()) == set()


def test_magics_and_shell_commands_are_dropped(notebook: Notebook, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("x")
    notebook.put_before("class PatchEmbed", f"%matplotlib inline\n!rm -rf {tmp_path}\nnn.Linear?")
    notebook.put_before("def self_attention", "%%time")
    assert lost(notebook.grade()) == set()
    assert precious.exists()


def test_a_cell_that_fails_does_not_stop_the_next(notebook: Notebook) -> None:
    notebook.change(
        "class PatchEmbed", "class PatchEmbed(nn.Module):", "class PatchEmbed(nn.Module:"
    )
    result = notebook.grade()
    assert lost(result) == {"PatchEmbed"}
    assert "not valid Python" in message(result, "PatchEmbed")
    assert "cell `class PatchEmbed`" in message(result, "PatchEmbed")


@pytest.mark.parametrize("code", ["while True: pass", "import os; os._exit(0)"])
def test_a_cell_that_never_ends_costs_its_own_points(code: str, notebook: Notebook) -> None:
    notebook.put_before("def self_attention", code)
    started = time.monotonic()
    result = notebook.grade()
    assert lost(result) == {"self_attention"}
    assert "This cell" in message(result, "self_attention")
    assert time.monotonic() - started < 30


def test_exit_in_a_cell(notebook: Notebook) -> None:
    notebook.put_before("def self_attention", "exit()")
    assert lost(notebook.grade()) == {"self_attention"}


def test_training_cells_are_not_run(notebook: Notebook) -> None:
    for cell in notebook.cells:
        if "training" in cell["metadata"].get("tags", []):
            cell["source"] = "import torch\ntorch.Tensor.__matmul__ = None\nwhile True: pass"
    assert notebook.grade().score == FULL


# --- cheating -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "torch.allclose = lambda *a, **k: True\ntorch.equal = torch.allclose",
        "import sys\nsys.displayhook = lambda value: print('10.0')",
        "import builtins\nbuiltins.print = lambda *a: None",
        "import numpy\nnumpy.abs = numpy.argwhere = lambda *a: numpy.zeros(0)",
    ],
    ids=["allclose", "displayhook", "builtins", "numpy"],
)
def test_patches_earn_nothing(code: str, notebook: Notebook) -> None:
    notebook.put_before("import selfcheck", f"import torch\n{code}")
    notebook.change("def self_attention", "scores.softmax(dim=-1)", "scores.softmax(dim=1)")
    assert "self_attention" in lost(notebook.grade())


def test_a_forged_output_earns_nothing(notebook: Notebook) -> None:
    notebook.change("def self_attention", "scores.softmax(dim=-1)", "scores.softmax(dim=1)")
    for cell in notebook.cells:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["outputs"] = [
                {"output_type": "execute_result", "data": {"text/plain": "10.0"}, "metadata": {},
                 "execution_count": 1},
            ]  # fmt: skip
    assert lost(notebook.grade()) == {"self_attention"}
