"""Turns what a student's function returned into plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

Observed = dict[str, Any]


def observe(
    output: Any = None,
    *,
    grad_of: Mapping[str, Tensor] | None = None,
    unchanged: Mapping[str, Tensor] | None = None,
    dtype: bool = False,
    **named: Any,
) -> Observed:
    """Name what was seen.

    output    what the function returned, of any type
    grad_of   tensors by name: the gradient of a fixed weighted sum of `output` is observed too
    unchanged inputs by name: they are observed after the call
    dtype     whether the dtype of `output` is observed too: values alone agree in float32 and
              float64, so that a wrong dtype costs the one check of a function that asks
    named     further values to compare
    """
    seen: Observed = {} if output is None and named else {"output": output}
    seen |= named
    if grad_of and isinstance(output, Tensor):
        for name, gradient in gradients(output, grad_of).items():
            seen[f"gradient with respect to {name}"] = gradient
    if dtype:
        seen["dtype of the output"] = str(getattr(output, "dtype", type(output).__name__))
    for name, tensor in (unchanged or {}).items():
        seen[f"{name} after the call (inputs must not be changed)"] = tensor
    return seen


class ContractBroken(Exception):
    """What was returned does not have the documented form; the message is for the student."""


class Absent(Exception):
    """A documented attribute is not there; the message is for the student."""


def pair(result: Any, form: str) -> tuple[Any, Any]:
    """Unpack a result that must be a pair; `form` says how the docstring writes it."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        count = f" of length {len(result)}" if isinstance(result, (tuple, list)) else ""
        raise ContractBroken(f"y is the pair {form}; x is a {type(result).__name__}{count}")
    return result[0], result[1]


def gradients(output: Tensor, wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gradients of a weighted sum of `output`; zeros where there is no dependence."""
    if not output.requires_grad:  # cut off from everything, or computed outside torch
        return {name: torch.zeros_like(tensor) for name, tensor in wanted.items()}
    positions = torch.arange(1, output.numel() + 1, dtype=output.dtype).reshape(output.shape)
    total = (output * torch.cos(positions * math.sqrt(2))).sum()
    found = torch.autograd.grad(total, list(wanted.values()), allow_unused=True, retain_graph=True)
    return {
        name: torch.zeros_like(tensor) if gradient is None else gradient
        for (name, tensor), gradient in zip(wanted.items(), found, strict=True)
    }
