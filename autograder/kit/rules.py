"""Rules about how an answer is written.

A ban takes operations out of the process; that is impossible where the wanted operation is made
of the unwanted one (einsum calls bmm). Then what was done with the data decides (see `products`);
the text is read only to tell a student the line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograder.kit.products import watch_einsum
from autograder.kit.scan import aliases_of, dotted
from autograder.kit.source import Pieces, without_magics


@dataclass(frozen=True)
class Rule:
    """How an answer must be written.

    says      completes the sentence "The exercise asks for ..."
    products  how many products of two computed tensors must reach an output through einsum
    requires  dotted names of functions, one of which must be called
    forbids   names of functions and methods, wherever they come from, and operators such as "@"
    """

    says: str
    products: int
    requires: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()


EINSUM = Rule(
    "products written with torch.einsum, and none written otherwise",
    products=2,  # queries with keys, weights with values
    requires=("torch.einsum", "torch.functional.einsum", "einops.einsum"),
    forbids=("@", "matmul", "__matmul__", "__rmatmul__", "mm", "bmm", "addmm", "baddbmm", "addbmm",
             "mv", "dot", "vdot", "inner", "outer", "tensordot", "chain_matmul", "multi_dot",
             "bilinear", "scaled_dot_product_attention"),
)  # fmt: skip


class RuleBroken(Exception):
    """The answer was computed in another way than the exercise asks for; how, for the student."""


@contextmanager
def kept(rule: Rule | None) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Watch a probe. What it saw is passed to the function; it raises where the rule is broken."""
    if rule is None:
        yield lambda seen: None
        return
    with watch_einsum(rule.products) as watched:

        def judge(seen: Mapping[str, Any]) -> None:
            broken = watched.broken(seen)
            if broken:
                raise RuleBroken(broken)

        yield judge


def violations(pieces: Pieces, rule: Rule) -> list[str]:
    """Places that look as if they broke the rule, in words. They explain, and decide nothing."""
    found: list[str] = []
    called = False
    for label, text in pieces.items():
        try:
            tree = ast.parse(without_magics(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # loading it says it better
        aliases = aliases_of(tree)
        found += [
            f"`{name}` stands in line {line} of {label}"
            for line, name in _forbidden(tree, rule, aliases)
        ]
        called = called or any(
            isinstance(node, ast.Call) and dotted(node.func, aliases) in rule.requires
            for node in ast.walk(tree)
        )
    if rule.requires and not called:
        found.append(f"`{rule.requires[0]}` is not called")
    return found[:5]


def _forbidden(tree: ast.AST, rule: Rule, aliases: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            name = "@"
        elif isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.Name):
            name = (aliases.get(node.id) or "").rpartition(".")[2]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value  # getattr(torch, "matmul")
        else:
            continue
        if name in rule.forbids:
            yield getattr(node, "lineno", 0), name
