"""The part of lab/ that an assignment uses, found by following imports."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from autograder.course import ROOT

_COMMAND = re.compile(r"-m lab\.(\w+)")  # in a handout, a notebook, a docstring or a message


def copy_lab(reference: Path, target: Path) -> None:
    """Put lab/ into a student's folder, with the modules that the assignment uses."""
    for name in sorted(lab_modules(reference)):
        path = target / "lab" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / "lab" / f"{name}.py", path)


def lab_modules(folder: Path) -> set[str]:
    """The modules of lab that the files of a folder use, and what those use in turn."""
    paths = [path for kind in ("*.py", "*.ipynb", "*.md") for path in folder.glob(kind)]
    waiting = {name for path in paths for name in _uses(path)}
    found: set[str] = {"__init__"} if waiting else set()
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(_uses(ROOT / "lab" / f"{name}.py")) - found
    return found


def _uses(path: Path) -> Iterator[str]:
    yield from _COMMAND.findall(path.read_text("utf-8"))
    for name in imports(path):
        package, _, module = name.partition(".")
        if package == "lab" and (ROOT / "lab" / f"{module.partition('.')[0]}.py").exists():
            yield module.partition(".")[0]


def imports(path: Path) -> Iterator[str]:
    """All that a Python file or a notebook's code cells import: `lab.images.cifar10` and so on."""
    for text in _code(path):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _code(path: Path) -> Iterator[str]:
    if path.suffix == ".py":
        yield path.read_text("utf-8")
    elif path.suffix == ".ipynb":
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                lines = "".join(cell["source"]).splitlines()
                yield "\n".join(line for line in lines if not line.startswith(("%", "!")))
