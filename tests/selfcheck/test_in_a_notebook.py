"""The self-check as a student meets it: in a kernel, in the released folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from nbclient import NotebookClient

from autograder.course import find_assignment
from tests.submissions.build import insert_into_notebook

A1 = find_assignment("a1_sequence_modeling")
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what students get, and of nothing else."""
    target = tmp_path / "a1"
    shutil.copytree(A1.release, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def fill_in(folder: Path, written: str = "") -> None:
    """The reference's answers, with `written` in their place, in the student's files."""
    text = (A1.reference / "main.ipynb").read_text("utf-8")
    text = text.replace("from gru_solution import", "from gru_solution_template import")
    (folder / "main.ipynb").write_text(insert_into_notebook(text, written), "utf-8")
    shutil.copy(A1.reference / "gru_solution.py", folder / "gru_solution_template.py")


def run(folder: Path, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """Run all cells but the training cells in a kernel; the outputs of the check cells."""
    notebook = nbformat.read(folder / "main.ipynb", as_version=4)
    kept = [c for c in notebook.cells if "training" not in c.metadata.get("tags", [])]
    notebook.cells = kept + [nbformat.v4.new_code_cell(code) for code in also]
    run_cells(notebook, folder)
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and (cell.source in also or "selfcheck.check(" in cell.source):
            found[cell.source] = cell.outputs
    return found


def run_cells(notebook: Any, folder: Path) -> None:
    """Run the cells of a notebook in a kernel that was started in the folder."""
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()


def said(outputs: Any) -> str:
    return "".join(o.text for o in outputs if o.output_type == "stream")


def test_before_anything_is_written(folder: Path) -> None:
    outputs = run(folder)
    text = said(outputs['selfcheck.check("2.1")'])
    assert "PatchEmbed" in text and "Points for what was checked: 0 of 1" in text
    assert "Not done yet" in said(outputs['selfcheck.check("1.2")'])


def test_after_all_is_written(folder: Path) -> None:
    fill_in(folder)
    outputs = run(folder, ("selfcheck.check()",))
    for question in ("1.1", "1.2", "2.1", "2.2a", "2.2b", "3.1a", "3.1b", "3.2"):
        text = said(outputs[f'selfcheck.check("{question}")'])
        assert "\u2717" not in text and "\u2588" * 10 in text, text
    assert "There is no `gru_image_classifier.safetensors` yet" in said(
        outputs['selfcheck.check("2.2c")']
    )
    assert "Points for what was checked: 9.5 of 10" in said(outputs["selfcheck.check()"])


def test_a_mistake_is_named_and_drawn(folder: Path) -> None:
    fill_in(folder, "def self_attention(x, query, key, value):\n"
            "    q, k, v = query(x), key(x), value(x)\n"
            "    return (q @ k.mT / math.sqrt(k.shape[-1])).softmax(1) @ v\n")  # fmt: skip
    outputs = run(folder)['selfcheck.check("3.1b")']
    assert "The softmax runs over the queries" in said(outputs)
    pictures = [o for o in outputs if "image/png" in o.get("data", {})]
    assert len(pictures) == 1


def test_an_answer_that_rests_on_a_variable_of_the_kernel_fails_here_as_it_will_there(
    folder: Path,
) -> None:
    fill_in(folder, "def self_attention(x, query, key, value):\n"
            "    return (query(x) @ key(x).mT / scale).softmax(-1) @ value(x)\n")  # fmt: skip
    text = said(
        run(folder, ("scale = 2.0", 'selfcheck.check("3.1b") '))['selfcheck.check("3.1b") ']
    )
    assert "NameError" in text and "scale" in text


def test_it_sees_what_was_run_last_not_what_was_saved(folder: Path) -> None:
    fill_in(folder)
    wrong = "def self_attention(x, query, key, value):\n    return value(x)"
    right = 'selfcheck.check("3.1b") '
    assert "\u2717" in said(run(folder, (wrong, right))[right])


def test_stored_values_hold_no_code_of_the_reference(folder: Path) -> None:
    reference = (A1.reference / "main.ipynb").read_text("utf-8")
    cells = [json.dumps("".join(c["source"]))[1:-1] for c in json.loads(reference)["cells"]]
    assert cells
    for path in (folder / "selfcheck").rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "ignore")
            for line in ("scores.softmax(dim=-1)", "bincount(minlength=num_classes**2)",
                         "self.proj(images).transpose(1, 2)"):  # fmt: skip
                assert line not in text, path


def training_cells(folder: Path) -> tuple[Any, dict[str, Any]]:
    """The reference's notebook as far as training needs it, and its cells by their ids."""
    fill_in(folder)
    notebook = nbformat.read(folder / "main.ipynb", as_version=4)
    wanted = ("setup-", "a-", "training-", "q-2-2c")
    notebook.cells = [cell for cell in notebook.cells if cell.id.startswith(wanted)]
    return notebook, {cell.id: cell for cell in notebook.cells}


def test_the_training_cells_train_and_go_on_with_the_loop_of_the_course(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", "sample")
    notebook, cells = training_cells(folder)
    text = cells["training-run"].source
    for old, new in {"epochs=40": "epochs=2", '"hidden_size": 256': '"hidden_size": 8'}.items():
        assert old in text
        text = text.replace(old, new)
    cells["training-run"].source = text
    notebook.cells.append(again := nbformat.v4.new_code_cell(text))
    run_cells(notebook, folder)

    assert "made-up sample" in said(cells["training-data"].outputs)
    trained = said(cells["training-run"].outputs)
    assert "first epoch 2: " in trained and trained.count("predicted classes") == 2
    lines = (folder / "logs" / "gru" / "first" / "log.jsonl").read_text().splitlines()
    line = json.loads(lines[1])
    counts = [torch.tensor(line[f"{split}_confusion"]) for split in ("train", "valid")]
    assert all(f"{count}" in trained for count in counts)
    assert int(counts[0].trace()) / int(counts[0].sum()) == line["train_acc"]
    assert "top-1 test accuracy: " in said(cells["training-test"].outputs)
    assert "held-out" in said(cells["q-2-2c-accuracy"].outputs)
    assert "resumes after epoch 2" in said(again.outputs)


def test_without_the_data_the_training_cells_say_how_to_get_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_DATA", raising=False)
    notebook, cells = training_cells(folder)
    run_cells(notebook, folder)
    content = said(cells["training-data"].outputs)
    assert (
        "data_batch_1 is missing" in content
        and "python -m lab.images cifar10 --data data" in content
    )
    assert not (folder / "gru_image_classifier.safetensors").exists()
