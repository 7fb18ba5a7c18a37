"""Turns Python objects of the child into plain values for the wire."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from autograder.kit.values import Value

_PLAIN = (Tensor, nn.Parameter)
_AS_FLOAT32 = (torch.bfloat16, torch.float16)


def pack(thing: Any) -> Value:
    """A tensor's numbers, a scalar, or only the name of the type of anything else."""
    if isinstance(thing, np.generic) and type(thing).__module__ == "numpy":
        thing = thing.item()  # numpy's numbers are numbers
    kind = type(thing)
    if kind in _PLAIN:
        return _pack_tensor(thing)
    if kind in (bool, int, float, str):
        return Value("scalar", thing, kind.__name__)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    content = f"{module}{kind.__qualname__}"
    if kind in (tuple, list):
        content += " of " + ", ".join(type(item).__name__ for item in thing[:4])
    return Value("other", None, content)


def _pack_tensor(tensor: Tensor) -> Value:
    dtype = str(tensor.dtype).removeprefix("torch.")
    plain = tensor.detach().cpu().resolve_conj().resolve_neg()
    if plain.layout != torch.strided or plain.dtype.is_complex or plain.is_quantized:
        return Value("other", None, f"{dtype} tensor with layout {plain.layout}")
    if plain.dtype in _AS_FLOAT32:
        plain = plain.float()
    return Value("tensor", plain.contiguous().numpy(), dtype)
