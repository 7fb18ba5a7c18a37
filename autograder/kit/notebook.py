"""The cells of a notebook that are graded: read as data, matched with those of the release."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass
from typing import Any

from autograder.kit.source import NOTEBOOK, Pieces

_MAX_CELL, _MAX_CELLS, _MAX_PRINTED = 1 << 20, 2_000, 100_000
_DEFINES = re.compile(r"^(?:class|def)\s+(\w+)", re.MULTILINE)


class Unreadable(Exception):
    """A notebook that cannot be read; the message is a sentence for the student."""


@dataclass(frozen=True)
class Cell:
    """One code cell."""

    text: str
    answer: str  # nbgrader's id of an answer cell, or empty
    setup: bool  # given code that answers rest on
    id: str  # the notebook's own id of the cell; empty in old formats

    @property
    def defines(self) -> list[str]:
        """Classes and functions at the cell's top level."""
        return _DEFINES.findall(self.text)

    @property
    def title(self) -> str:
        """How people would call the cell."""
        found = re.search(r"^(?:class|def)\s+\w+", self.text, re.MULTILINE)
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        return found[0] if found else (lines or ["(empty)"])[0][:40]


def read_cells(data: bytes, name: str = NOTEBOOK) -> list[Cell]:
    """The code cells of a notebook in any format from 1 to 4. Nothing in it is executed."""
    try:
        notebook: Any = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Unreadable(
            f"`{name}` is not a notebook: it cannot be read as JSON. Open it in Jupyter, save it, "
            "and submit it again."
        ) from None
    try:
        if notebook["nbformat"] < 4:
            notebook = _upgraded(notebook)
        return [_cell(cell) for cell in notebook["cells"][:_MAX_CELLS] if _is_code(cell)]
    except Exception as error:  # a file that only looks like a notebook can raise anything
        raise Unreadable(
            f"`{name}` is not a notebook that Jupyter could have saved ({type(error).__name__}). "
            "Open it in Jupyter, save it, and submit it again."
        ) from None


def _upgraded(notebook: Any) -> Any:
    """The same in format 4."""
    import nbformat  # only where it is needed: it takes longer than grading

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nbformat.reads(json.dumps(notebook), as_version=4)


def _is_code(cell: Any) -> bool:
    return isinstance(cell, dict) and cell.get("cell_type") == "code"


def _cell(cell: dict[str, Any]) -> Cell:
    text = cell.get("source", "")
    text = "".join(map(str, text)) if isinstance(text, list) else str(text)
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    content = metadata.get("nbgrader")
    content = content if isinstance(content, dict) else {}
    tags = metadata.get("tags")
    answer = str(content.get("grade_id", "")) if content.get("solution") is True else ""
    setup = isinstance(tags, list) and "setup" in tags
    return Cell(_plain(text[:_MAX_CELL]), answer, setup, str(cell.get("id", "")))


def _plain(text: str) -> str:
    """Text that can be written to a file: JSON may spell halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8")


def pieces_of(cells: list[Cell]) -> Pieces:
    """The cells that are executed, setup and answers, of a notebook of our own."""
    taken: Pieces = {}
    for cell in cells:
        if cell.setup or cell.answer:
            _add(taken, cell, NOTEBOOK)
    return taken


def take_cells(
    theirs: list[Cell], ours: list[Cell], name: str = NOTEBOOK
) -> tuple[Pieces, list[str]]:
    """What is executed of a student's notebook, in our order, and remarks on what was odd.

    Setup cells run as they were given out, and then as the student has changed them. Answer cells
    are found by their id, or, where that was lost, by what they define. Nothing else is run.
    """
    taken: Pieces = {}
    notes: list[str] = []
    given = {_same(cell.text) for cell in ours if cell.setup}
    changed = [c for c in theirs if c.setup and not c.answer and _same(c.text) not in given]
    answers = 0
    for mine in ours:
        if mine.setup:
            _add(taken, mine, name, "given cell")
            for cell in [c for c in changed if c.id == mine.id or not mine.id]:
                _add(taken, cell, name)
                changed.remove(cell)
        elif mine.answer:
            found = _find_answer(mine, theirs, notes)
            answers += bool(found)
            for cell in found:
                _add(taken, cell, name)
    if not answers:
        raise Unreadable(
            f"`{name}` is not the notebook of this assignment: none of its answer cells is in it. "
            "Submit the one that you were given."
        )
    return taken, notes


def _find_answer(mine: Cell, theirs: list[Cell], notes: list[str]) -> list[Cell]:
    names = ", ".join(f"`{name}`" for name in mine.defines)
    found = [cell for cell in theirs if cell.answer == mine.answer]
    if len(found) > 1:
        notes.append(
            f"There are {len(found)} copies of the answer cell for {names}. They were run in their "
            "order, so that the last one counts. Delete those that you do not mean."
        )
    if found:
        return found
    found = [cell for cell in theirs if not cell.answer and set(mine.defines) & set(cell.defines)]
    what = f"The answer cell for {names} ({mine.answer})"
    if found:
        notes.append(f"{what} has lost its mark; the cell that defines it was graded in its place.")
    else:
        notes.append(f"{what} is missing. Copy it back from the notebook that you were given.")
    return found


def _same(text: str) -> str:
    """A setup cell's text up to blanks and the names under which files are given out."""
    return re.sub(r"\s+", " ", text.replace("_solution_template", "_solution")).strip()


def _add(taken: Pieces, cell: Cell, name: str, kind: str = "cell") -> None:
    label = title = f"{name}, {kind} `{cell.title}`"
    number = 1
    while label in taken:
        number += 1
        label = f"{title} ({number})"
    taken[label] = cell.text


def printed_text(data: bytes) -> str:
    """The text of all saved outputs, capped."""
    try:
        cells = json.loads(data)["cells"][:_MAX_CELLS]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        texts = [output.get("text", "") for output in outputs]
        return "\n".join("".join(map(str, text)) for text in texts)[:_MAX_PRINTED]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
