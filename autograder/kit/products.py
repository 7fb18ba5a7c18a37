"""Where the products of an answer were made: inside torch.einsum, or by other means.

Names can be hidden; what was computed cannot. While a probe runs, every call of torch.einsum is
noted. Afterwards the graph that torch keeps for the gradients is walked from the output back: a
product of two computed tensors that was not made inside of einsum breaks the rule, under any
name it was called.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

_MOST_NODES = 100_000
# Name of a node -> which of its inputs are the factors. The other one is added.
_PRODUCTS = {
    "Mm": (0, 1), "Bmm": (0, 1), "Mv": (0, 1), "Dot": (0, 1), "Vdot": (0, 1),
    "Addmm": (1, 2), "Baddbmm": (1, 2), "Addbmm": (1, 2), "Addmv": (1, 2), "Addr": (1, 2),
    "Linear": (0, 1), "MkldnnLinear": (0, 1), "Convolution": (0, 1), "MkldnnConvolution": (0, 1),
    "Bilinear": (0, 1), "Trilinear": (0, 1), "Cdist": (0, 1), "SparseAddmm": (1, 2),
    "ForeachMul": (0, 1),
}  # fmt: skip
_ELEMENTWISE = {"Mul": (0, 1), "Div": (0, 1), "Addcmul": (1, 2), "Addcdiv": (1, 2)}
_POWERS = ("Pow", "LinalgVectorNorm", "Norm", "PowFuncs", "Square")
_SUMS = ("Sum", "Mean", "Cumsum", "Nansum", "Logcumsumexp", "IndexAdd",
         "ScatterAdd", "Trace", "Add", "Sub")  # fmt: skip
_VIEWS = re.compile(
    r"(Unsafe)?(View|Reshape|Permute|Transpose|T|Expand|Unsqueeze|Squeeze|Slice|Select|Unbind|Clone"
    r"|Alias|AsStrided|Split|SplitWithSizes|Movedim|ToCopy|Stack|Cat|Index|Narrow|Diagonal|Repeat"
    r"|ReshapeAlias|Contiguous|Flip|Roll|Unfold)$"
)


class Watched:
    """The graph nodes that calls of einsum have made."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._inside: dict[int, Any] = {}  # id -> node, which keeps the id from being used again
        self._products: set[int] = set()  # ids of results of two or more computed tensors

    def note(self, operands: list[Tensor], result: Tensor) -> None:
        """Everything between the operands and the result was made by this call."""
        if sum(one.grad_fn is not None for one in operands) > 1:
            self._products.add(id(result.grad_fn))
        borders = {id(one.grad_fn) for one in operands if one.grad_fn is not None}
        pending = [result.grad_fn]
        while pending and len(self._inside) < _MOST_NODES:
            node = pending.pop()
            if node is None or id(node) in borders or id(node) in self._inside:
                continue
            if _kind(node) != "AccumulateGrad":
                self._inside[id(node)] = node
                pending += [edge for edge, _ in node.next_functions]

    def broken(self, seen: Mapping[str, Any]) -> str:
        """A sentence on a product made by other means in what was seen; empty if there is none."""
        outputs = [one for one in seen.values() if isinstance(one, Tensor) and one.grad_fn]
        if not outputs and isinstance(seen.get("output"), Tensor):
            return "The output is not connected to the inputs: it was computed outside of torch."
        return next(filter(None, (self._other_product(one.grad_fn) for one in outputs)), "")

    def _other_product(self, last: Any) -> str:
        pending, known = [(last, False)], set[tuple[int, bool]]()
        while pending and len(known) < _MOST_NODES:
            node, summed = pending.pop()
            if node is None or (id(node), summed) in known:
                continue
            known.add((id(node), summed))
            kind = _kind(node)
            inside = id(node) in self._inside
            if not inside:
                if isinstance(node, torch.autograd.function.BackwardCFunction):
                    return f"`{type(node).__name__}` computes outside of torch."
                if kind in _PRODUCTS and not _by_parameter(node, _PRODUCTS[kind]):
                    return (
                        f"Two computed tensors are multiplied outside of einsum ({kind.lower()})."
                    )
                if summed and _is_product_of_elements(node, kind):
                    return (
                        "Two computed tensors are multiplied element by element and summed up, "
                        "outside of einsum."
                    )
            summing = not inside and (kind in _SUMS or summed and bool(_VIEWS.match(kind)))
            pending += [(edge, summing) for edge, _ in node.next_functions]
        reached = len(self._products & {identity for identity, _ in known})
        if reached < self._least:
            return (
                f"{reached} of the {self._least} products of two computed tensors reach the output "
                "through torch.einsum."
            )
        return ""


def _kind(node: Any) -> str:
    """The operation behind a node: "Mul" of "MulBackward0"."""
    return re.sub(r"Backward\d*$", "", node.name().rpartition("::")[2])


def _by_parameter(node: Any, factors: tuple[int, int]) -> bool:
    """Whether a product is a linear map: one of its factors is a parameter, seen in any way."""
    edges = node.next_functions
    return any(_is_parameter(edges[place][0]) for place in factors if place < len(edges))


def _is_parameter(node: Any) -> bool:
    for _ in range(20):
        if node is None:
            return False
        if _kind(node) == "AccumulateGrad":
            return isinstance(node.variable, nn.Parameter)
        if not _VIEWS.match(_kind(node)) or len(node.next_functions) != 1:
            return False
        node = node.next_functions[0][0]
    return False


def _is_product_of_elements(node: Any, kind: str) -> bool:
    if kind in _POWERS:
        return True
    if kind not in _ELEMENTWISE or _by_parameter(node, _ELEMENTWISE[kind]):
        return False
    edges = [edge for edge, _ in node.next_functions]
    if all(edge is not None for edge in edges):
        return True
    saved = [getattr(node, f"_saved_{name}", None) for name in ("self", "other")]
    return any(isinstance(one, Tensor) and one.numel() > 1 for one in saved)


@contextmanager
def watch_einsum(least: int) -> Iterator[Watched]:
    """Note the calls of torch.einsum, under any name it was imported.

    `least` products of two computed tensors must reach an output through it.
    """
    function: Any = torch.functional.einsum
    original = function.__code__
    plain = types.FunctionType(original, vars(torch.functional))
    watched = Watched(least)

    def noting(*arguments: Any) -> Any:
        result = plain(*arguments)
        operands = [one for one in arguments if isinstance(one, Tensor)]
        for one in arguments:  # einsum(equation, [a, b]) is allowed, too
            if isinstance(one, (list, tuple)):
                operands += [part for part in one if isinstance(part, Tensor)]
        watched.note(operands, result)
        return result

    vars(torch.functional)["_noting_einsum"] = noting
    function.__code__ = _forward.__code__
    try:
        yield watched
    finally:
        function.__code__ = original
        del vars(torch.functional)["_noting_einsum"]


def _forward(*args: Any) -> Any:
    """Takes the place of einsum's code, in its module; both take the same arguments."""
    return _noting_einsum(*args)  # type: ignore[name-defined]  # noqa: F821
