"""Finds where a file mentions a forbidden operation, to tell the student the line.

This decides nothing: the operations are removed, not watched for. It follows imports and
aliases, so that a class of one's own called LayerNorm is not taken for torch's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from autograder.kit.bans import Ban
from autograder.kit.source import Pieces, without_magics


def find(pieces: Pieces, ban: Ban) -> list[dict[str, Any]]:
    """Places in the pieces that name a forbidden operation: file, line, name."""
    found: list[dict[str, Any]] = []
    for label, text in pieces.items():
        try:
            tree = ast.parse(without_magics(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # loading the module says it better
        found += [
            {"file": label, "line": line, "name": spelled}
            for line, spelled in sorted(set(_mentions(tree, ban)))
        ]
    return found[:20]


def _is_forbidden(name: str, ban: Ban) -> bool:
    """Whether a dotted name is one under which torch offers the ban's operations."""
    parts = name.split(".")
    return parts[0] == "torch" and any(
        ban.has_module(part) or ban.has_function(part) or ban.has_operation(part)
        for part in parts[1:]
    )


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


def _mentions(tree: ast.AST, ban: Ban) -> Iterator[tuple[int, str]]:
    aliases = aliases_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for item in node.names:
                full = f"{node.module}.{item.name}"
                if _is_forbidden(full, ban):
                    yield node.lineno, full
    defined = {n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef | ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Call | ast.Name):
            spelled = dotted(node, aliases)
            own = isinstance(node, ast.Name) and node.id in defined
            if spelled and _is_forbidden(spelled, ban) and not own:
                yield node.lineno, spelled


_DEEPEST = 12  # names in a chain; torch's longest has six


def dotted(node: ast.AST, aliases: Mapping[str, str]) -> str | None:
    """The full dotted name an expression spells, through aliases and getattr with a constant."""
    names: list[str] = []
    while len(names) < _DEEPEST:
        if isinstance(node, ast.Name):
            base = aliases.get(node.id)
            return ".".join([base, *reversed(names)]) if base else None
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            called = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if not called or not isinstance(called[0], str):
                return None
            function = node.func.id
            if function == "__import__":
                return ".".join([called[0], *reversed(names)])
            if function != "getattr":
                return None
            names.append(called[0])
            node = node.args[0]
        else:
            return None
    return None
