"""What the ways to an operation have in common: inputs, right values, and where they are kept."""

from __future__ import annotations

import contextlib
import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

DOORS: dict[str, dict[str, Callable[[], Any]]] = {"LAYER_NORM": {}, "ATTENTION": {}, "GRU": {}}
aten = torch.ops.aten
torch.manual_seed(0)
x = torch.randn(2, 6, 8)
q, k, v = (torch.randn(2, 2, 5, 4) for _ in range(3))
h = torch.randn(2, 8)
wi, wh, bi, bh = torch.randn(24, 8), torch.randn(24, 8), torch.randn(24), torch.randn(24)
old_layer, old_cell = nn.LayerNorm(8), nn.GRUCell(8, 8)
old_function = F.layer_norm
CPU = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)


def norm(t: Tensor, eps: float = 1e-5) -> Tensor:
    return (t - t.mean(-1, keepdim=True)) / (t.var(-1, keepdim=True, unbiased=False) + eps).sqrt()


def attend() -> Tensor:
    return (q @ k.mT / 2).softmax(-1) @ v


def cell() -> Tensor:
    given, kept = (x[:, 0] @ wi.T + bi).chunk(3, 1), (h @ wh.T + bh).chunk(3, 1)
    r, z = (given[0] + kept[0]).sigmoid(), (given[1] + kept[1]).sigmoid()
    return (1 - z) * (given[2] + r * kept[2]).tanh() + z * h


EXPECTED = {"LAYER_NORM": norm(x), "ATTENTION": attend(), "GRU": cell()}


def door(ban: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def keep(way: Callable[[], Any]) -> Callable[[], Any]:
        DOORS[ban][way.__name__.strip("_")] = way
        return way

    return keep


def doors(ban: str, **ways: Callable[[], Any]) -> None:
    DOORS[ban] |= ways


def first(value: Any) -> Any:
    return value[0] if isinstance(value, (tuple, list)) else value


def in_thread(call: Callable[[], Any]) -> Any:
    seen: list[Any] = []

    def run() -> None:
        try:
            seen.append(call())
        except BaseException as error:
            seen.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(seen[0], BaseException):
        raise seen[0]
    return seen[0]


def undone(call: Callable[[], Any]) -> Any:
    for thing in gc.get_objects():
        with contextlib.suppress(Exception):
            if isinstance(thing, torch.library.Library):
                thing._destroy()
    for finalizer in list(weakref.finalize._registry):
        with contextlib.suppress(Exception):
            finalizer()
    gc.collect()
    return call()
