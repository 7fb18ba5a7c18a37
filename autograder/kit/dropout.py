"""Dropout that drops the same elements every time, so that it can be compared by value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

_GOLDEN = (math.sqrt(5) - 1) / 2


class fixed_dropout(TorchDispatchMode):  # noqa: N801 - reads as a verb after `with`
    """Within it, random draws are a pattern: with fixed_dropout(): output = model(x).

    Every way to dropout ends in one of a few kernels (F.dropout, nn.Dropout, the dropout of
    attention, of encoder layers and of recurrent layers, torch.bernoulli, torch.rand(...) > p);
    those are what is replaced. Which elements fall out depends on their position in the tensor
    and on p alone. Where dropout stands, on what and with which p thus shows in the values, and
    the order in which independent parts are computed does not.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Replace the draw; everything else runs as it is."""
        kwargs = kwargs or {}
        replacement = _DRAWS.get(func.overloadpacket)
        if replacement is None:
            return func(*args, **kwargs)
        return replacement(func, args, kwargs)


def pattern(like: Tensor) -> Tensor:
    """Evenly spread numbers in [0, 1), one per position."""
    positions = torch.arange(1, like.numel() + 1, dtype=torch.float64)
    return (positions * _GOLDEN).frac().reshape(like.shape)


def _kept(tensor: Tensor, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Tensor:
    """Zeros and ones: the probability is the tensor's own, or the next argument."""
    probability = args[1] if len(args) > 1 else kwargs.get("p", 0.5)
    return (pattern(tensor) < probability).to(tensor.dtype)


def _bernoulli(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Tensor:
    if len(args) > 1 or "p" in kwargs:
        return _kept(args[0], args, kwargs)
    return (pattern(args[0]) < args[0]).to(args[0].dtype)


def _bernoulli_(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Tensor:
    tensor: Tensor = args[0]
    return tensor.copy_(_kept(tensor, args, kwargs))


def _native_dropout(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    tensor, p, training = (*args, True)[:3]
    if training is False:
        return tensor, torch.ones_like(tensor, dtype=torch.bool)
    mask = pattern(tensor) < 1 - p
    return tensor * mask / (1 - p), mask


def _uniform(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Tensor:
    """Drawn as they would be, then overwritten, so that `rand(...) > p` keeps the same elements."""
    drawn: Tensor = func(*args, **kwargs)
    return drawn.copy_(1 - pattern(drawn))


_aten = torch.ops.aten
_DRAWS: dict[Any, Callable[[Any, Sequence[Any], Mapping[str, Any]], Any]] = {
    _aten.bernoulli: _bernoulli,
    _aten.bernoulli_: _bernoulli_,
    _aten.native_dropout: _native_dropout,
    _aten.rand: _uniform,
    _aten.rand_like: _uniform,
}
