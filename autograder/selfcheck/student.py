"""The student's modules, as the grader would see them."""

from __future__ import annotations

import functools
import json
import sys
from typing import Any

from autograder.kit.modules import SourceFinder, load
from autograder.kit.notebook import Cell, Unreadable, read_cells, take_cells
from autograder.kit.run import describe
from autograder.kit.source import NOTEBOOK, Modules, Pieces, labels, python_file
from autograder.kit.values import MISSING, Failure, Observation
from autograder.selfcheck.answers import FOLDER, read


class Student:
    """What the student has written so far. Made anew for every call of `check`."""

    def __init__(self) -> None:
        self.modules: Modules = {}
        self.problems: dict[str, str] = {}
        for path in sorted(FOLDER.glob("*.py")):
            self.modules[path.stem] = python_file(path.stem, path.read_text("utf-8", "replace"))
        if read("cells.json"):
            try:
                self.modules["main"] = _notebook_pieces()
            except Unreadable as error:
                self.problems["main"] = str(error)
        self._loaded: dict[tuple[str, str], Any] = {}

    def load(self, target: str, ban: str = "") -> Any:
        """The module a target lives in, or the observation of why it could not be loaded."""
        part, _, function = target.partition(":")
        if part in self.problems:
            return Observation(failure=Failure(MISSING, self.problems[part]))
        name = part if part in self.modules else f"{part}_template"
        if name not in self.modules:
            return Observation(failure=Failure(MISSING, f"There is no `{part}.py` here."))
        if (name, ban) not in self._loaded:
            self._loaded[name, ban] = self._load(name)
        found, finder = self._loaded[name, ban]
        if not isinstance(found, Observation) and not hasattr(found, function.partition(".")[0]):
            return finder.explain(_not_there(function, name), target)
        return found

    def is_notebook(self, part: str) -> bool:
        """Whether a part is made of cells, each of which may fail for itself."""
        return len(self.modules.get(part, {})) > 1

    def labels(self) -> set[str]:
        """What tracebacks call the student's files and cells."""
        return labels(self.modules)

    def _load(self, name: str) -> tuple[Any, SourceFinder]:
        """Executed anew, among modules of its own."""
        finder = SourceFinder(self.modules)
        kept = {module: sys.modules.pop(module, None) for module in self.modules}
        sys.meta_path.insert(0, finder)
        try:
            return load(name), finder
        except BaseException as error:
            return Observation(failure=describe(error, self.labels())), finder
        finally:
            sys.meta_path.remove(finder)
            for module, before in kept.items():
                sys.modules.pop(module, None)
                if before is not None:
                    sys.modules[module] = before


def _not_there(function: str, name: str) -> Observation:
    top = function.partition(".")[0]
    text = f"There is no `{top}` in `{name}.py`."
    if name == "main":
        text = f"`{top}` is not there yet: write it in its cell, run that cell, and check again."
    return Observation(failure=Failure(MISSING, text))


# --- the notebook -------------------------------------------------------------------------------


@functools.cache
def _given() -> list[Cell]:
    """The released cells: setup cells, and answer cells without an answer."""
    return [Cell(**one) for one in json.loads(read("cells.json"))]


def _notebook_pieces() -> Pieces:
    """The cells the grader would run: as last run in this kernel, or as saved in the file."""
    shell = _shell()
    path = FOLDER / NOTEBOOK
    if shell is not None:
        theirs = _as_last_run([str(text) for text in shell.user_ns.get("In", [])])
    elif path.exists():
        theirs = read_cells(path.read_bytes())
    else:
        raise Unreadable(f"There is no `{NOTEBOOK}` here.")
    if not any(cell.answer for cell in theirs):
        raise Unreadable("No answer cell has been run yet: run yours, and check again.")
    return take_cells(theirs, _given())[0]


def _as_last_run(inputs: list[str]) -> list[Cell]:
    """Answer cells and changed setup cells among what was run, found by what they define."""
    run = [Cell(text, "", False, "") for text in reversed(inputs)]
    found = []
    for given in _given():
        imports = "import selfcheck" in given.text
        for cell in run:
            if set(given.defines) & set(cell.defines) or (
                imports and "import selfcheck" in cell.text
            ):
                found.append(Cell(cell.text, given.answer, given.setup, given.id))
                break
    return found


def _shell() -> Any:
    """The running IPython, if this is a notebook; None in a terminal."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None
