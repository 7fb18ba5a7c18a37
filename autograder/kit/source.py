"""Source text on its way from a submission to the process that runs it.

A module is a sequence of pieces, each executed on its own: a Python file is one piece, a notebook
one piece per cell. Pieces are known by the labels that people read in messages.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

NOTEBOOK = "main.ipynb"

Pieces = dict[str, str]  # label, e.g. "vit_solution.py" -> text
Modules = dict[str, Pieces]  # module name, e.g. "vit_solution" -> its pieces


def python_file(name: str, text: str) -> Pieces:
    """The one piece of a Python file."""
    return {f"{name}.py": text}


def labels(modules: Mapping[str, Pieces]) -> set[str]:
    """The labels of all pieces."""
    return {label for pieces in modules.values() for label in pieces}


def all_pieces(modules: Mapping[str, Pieces]) -> Pieces:
    """The pieces of all modules together."""
    return {label: text for pieces in modules.values() for label, text in pieces.items()}


def without_magics(text: str) -> str:
    """A cell's text as plain Python: magics, shell commands and `name?` become `pass`.

    Lines keep their numbers. Text that is valid Python is left alone, so `%` in a string stays.
    """
    if _is_python(text):
        return text
    lines = text.splitlines()
    if any(line.lstrip().startswith("%%") for line in lines[:1]):
        lines[0] = ""  # a cell magic such as %%time: the cell itself is Python, or fails as such
    return "\n".join(_plain(line) for line in lines)


# Matched against a line without its indent, from one place only: linear in its length.
_MAGIC = re.compile(r"([\w, ]+=\s*)?([%!]\s*\w|\?{1,2}\w)|[\w.]+\?{1,2}\s*$")


def _plain(line: str) -> str:
    bare = line.lstrip()
    return f"{line[: len(line) - len(bare)]}pass" if _MAGIC.match(bare) else line


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
