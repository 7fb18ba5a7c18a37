"""A module's text as statements, each of which may fail on its own."""

from __future__ import annotations
import __future__

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_QUICK = (*_DEFINITIONS, ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Statement:
    """One statement at the top level of a file."""

    line: int
    code: CodeType
    binds: frozenset[str]  # names that are missing when it fails
    quick: bool  # a definition or an import: nothing that is likely never to end


def statements(text: str, label: str) -> Iterator[Statement]:
    """The statements in order, compiled under the label; a SyntaxError fails the text as a whole.

    Line numbers stay those of the text, so that tracebacks show the student's lines.
    """
    whole = compile(text, label, "exec", dont_inherit=True)  # what only the compiler sees, too
    try:
        yield from list(_statements(text, label))
    except RecursionError:  # an expression too deep to be taken apart, though not to be run
        yield Statement(1, whole, frozenset(), quick=False)


def _statements(text: str, label: str) -> Iterator[Statement]:
    tree = ast.parse(text, label)
    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for one in node.names:
                flags |= getattr(__future__, one.name).compiler_flag
        part = ast.Module([node], [])
        code = compile(part, label, "exec", flags=flags, dont_inherit=True)
        yield Statement(node.lineno, code, frozenset(_binds(node)), isinstance(node, _QUICK))


def _binds(node: ast.AST) -> Iterator[str]:
    """Names that a statement gives a value, at the top level."""
    if isinstance(node, _DEFINITIONS):
        yield node.name
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield from _binds(child)
