"""Single-fault mutants of the graded functions: small, named changes of their syntax trees."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.course import find_assignment
from autograder.grading.reference import reference_modules
from autograder.kit.source import Modules


@dataclass(frozen=True)
class Mutant:
    """The reference's modules with one fault in one function."""

    assignment: str
    target: str
    operator: str
    change: str  # "before -> after", as it is listed among the equivalent ones
    label: str  # of the piece that differs
    text: str

    @property
    def key(self) -> str:
        """Stays the same when lines move."""
        return f"{self.target} | {self.operator} | {self.change}"

    def modules(self) -> Modules:
        """All modules of the submission."""
        return {
            name: {
                label: self.text if label == self.label else text for label, text in all_.items()
            }
            for name, all_ in reference_modules(find_assignment(self.assignment)).items()
        }


def mutants(assignment: str, target: str) -> Iterator[Mutant]:
    """All mutants of one function, in the order of its text; none twice."""
    module, _, path = target.partition(":")
    seen: set[str] = set()
    for label, text in reference_modules(find_assignment(assignment))[module].items():
        tree = ast.parse(text)
        function = _find(tree, path.split("."))
        if function is None:
            continue
        nodes = list(_nodes(function))
        for place, node in enumerate(nodes):
            for operator, new in _changes(node):
                changed = copy.deepcopy(tree)
                there = _find(changed, path.split("."))
                assert there is not None
                _put(there, list(_nodes(there))[place], new)
                mutated = ast.unparse(ast.fix_missing_locations(changed))
                if mutated not in seen:
                    seen.add(mutated)
                    change = f"{ast.unparse(node)} -> {ast.unparse(new)}"
                    yield Mutant(assignment, target, operator, change, label, mutated)


def _find(tree: ast.AST, path: list[str]) -> ast.AST | None:
    """The function (of a class: the class) that a path names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == path[0]:
            return _find(node, path[1:]) if len(path) > 1 else node
    return None


def _nodes(function: ast.AST) -> Iterator[ast.expr]:
    """The expressions of a function's body: neither its signature nor docstrings."""
    for statement in getattr(function, "body", []):
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.FunctionDef):
            yield from _nodes(statement)
            continue
        annotation = getattr(statement, "annotation", None)
        skipped = set(ast.walk(annotation)) if annotation else set()
        for node in ast.walk(statement):
            if isinstance(node, ast.expr) and node not in skipped:
                yield node


def _put(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return
            if isinstance(value, list):
                for i, one in enumerate(value):
                    if one is old:
                        value[i] = new
                        return
    raise LookupError("the node is not in the tree")


_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
}
_COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_NAMES = {
    "mean": "sum", "sum": "mean", "sigmoid": "tanh", "tanh": "sigmoid", "zeros": "ones",
    "train": "eval", "eval": "train", "softmax": "log_softmax", "log_softmax": "softmax",
    "argmax": "argmin", "max": "min", "min": "max", "sqrt": "exp", "cat": "stack",
    "relu": "gelu", "gelu": "relu", "triu": "tril", "tril": "triu", "ones": "zeros",
}  # fmt: skip
_WRAPPED = ("detach", "squeeze", "float")


def _changes(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Operators by name, with what they make of a node."""
    if isinstance(node, ast.BinOp):
        if type(node.op) in _ARITHMETIC:
            yield "arithmetic", ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        yield "dropped term", node.left
        yield "dropped term", node.right
        if not isinstance(node.op, ast.Add | ast.Mult):
            yield "swapped operands", ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISON:
        yield "comparison", ast.Compare(node.left, [_COMPARISON[type(node.ops[0])]()],
                                        node.comparators)  # fmt: skip
    elif isinstance(node, ast.UnaryOp):
        yield "sign", node.operand
    elif isinstance(node, ast.Constant):
        yield from (("constant", ast.Constant(value)) for value in _constants(node.value))
    elif isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load):
        for i in range(len(node.elts) - 1):
            order = [*node.elts[:i], node.elts[i + 1], node.elts[i], *node.elts[i + 2 :]]
            yield "order", type(node)(order, node.ctx)
    elif isinstance(node, ast.IfExp):
        yield "condition", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Call):
        yield from _of_calls(node)


def _constants(value: object) -> list[bool | int | float]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    return [value * 1.1, value + 0.1] if isinstance(value, float) else []


def _of_calls(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    for i in range(len(node.args) - 1):
        args = [*node.args[:i], node.args[i + 1], node.args[i], *node.args[i + 2 :]]
        if not (isinstance(node.func, ast.Attribute) and node.func.attr == "transpose"):
            yield "order of arguments", ast.Call(node.func, args, node.keywords)
    for i in range(len(node.keywords)):
        rest = [*node.keywords[:i], *node.keywords[i + 1 :]]
        yield "dropped argument", ast.Call(node.func, node.args, rest)
    for name in _WRAPPED:
        yield name, ast.Call(ast.Attribute(node, name, ast.Load()), [], [])
    if isinstance(node.func, ast.Attribute):
        if not isinstance(node.func.value, ast.Name) or node.func.value.id not in ("F", "torch"):
            yield "dropped call", node.func.value
        elif node.args:
            yield "dropped call", node.args[0]
        if node.func.attr in _NAMES:
            func = ast.Attribute(node.func.value, _NAMES[node.func.attr], ast.Load())
            yield "function", ast.Call(func, node.args, node.keywords)
