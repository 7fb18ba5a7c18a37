"""Finds where a file mentions a forbidden operation, to tell the student the line.

This decides nothing: the operations are removed, not watched for. It follows imports and
aliases, so that a class of one's own called LayerNorm is not taken for torch's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from autograder.kit.bans import Ban
from autograder.kit.source import Pieces, without_magics


def find(pieces: Pieces, ban: Ban) -> list[dict[str, Any]]:
    """Places in the pieces that name a forbidden operation: file, line, name."""
    found = []
    for label, text in pieces.items():
        try:
            tree = ast.parse(without_magics(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # loading the module says it better
        for line, spelled in _mentions(tree, _forbidden_names(ban)):
            found.append({"file": label, "line": line, "name": spelled})
    return found[:20]


def _forbidden_names(ban: Ban) -> set[str]:
    """Every spelling under which torch offers the ban's operations."""
    operations = {op.partition(".")[0] for op in ban.operations}
    names = {f"{where}.{op}" for op in operations for where in _HOMES}
    for function in ban.functions:
        names.add(function)
        names.add(function.removesuffix(".forward"))
    return names | {name.replace("torch.nn.", "torch.nn.modules.", 1) for name in names}


_HOMES = ("torch", "torch.nn.functional", "torch.ops.aten", "torch._C._nn", "torch._VF")


def aliases_of(tree: ast.AST) -> dict[str, str]:
    """Local name -> full dotted name, of what a text imports or gives another name."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                local = item.asname or item.name.partition(".")[0]
                aliases[local] = item.name if item.asname else local
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for item in node.names:
                aliases[item.asname or item.name] = f"{node.module}.{item.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, assigned = node.targets[0], dotted(node.value, aliases)
            if isinstance(target, ast.Name) and assigned and assigned.startswith("torch"):
                aliases.setdefault(target.id, assigned)
    return aliases


def _mentions(tree: ast.AST, forbidden: set[str]) -> Iterator[tuple[int, str]]:
    aliases = aliases_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for item in node.names:
                full = f"{node.module}.{item.name}"
                if full in forbidden:
                    yield node.lineno, full
    defined = {n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef | ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Call | ast.Name):
            spelled = dotted(node, aliases)
            own = isinstance(node, ast.Name) and node.id in defined
            if spelled in forbidden and not own:
                yield node.lineno, spelled


_MAX_NAMES = 32  # no function of a library lies deeper; a chain of thousands is no name


def dotted(node: ast.AST, aliases: Mapping[str, str]) -> str | None:
    """The full dotted name an expression spells, through aliases and getattr with a constant."""
    names: list[str] = []
    while len(names) < _MAX_NAMES:
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
            continue
        got = _got(node)
        if got is None:
            break
        names.append(got[1])
        node = got[0]
    base = _base(node, aliases)
    return ".".join([base, *reversed(names)]) if base else None


def _got(node: ast.AST) -> tuple[ast.AST, str] | None:
    """The object and the name in `getattr(object, "name")`."""
    if _calls(node, "getattr") and len(node.args) >= 2:
        name = node.args[1]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return node.args[0], name.value
    return None


def _base(node: ast.AST, aliases: Mapping[str, str]) -> str | None:
    """What the first name of an expression stands for."""
    if isinstance(node, ast.Name):
        return aliases.get(node.id)
    if _calls(node, "__import__") and node.args and isinstance(node.args[0], ast.Constant):
        return str(node.args[0].value)
    return None


def _calls(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
