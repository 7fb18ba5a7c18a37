"""Code that asks for a GPU gets the CPU where there is no GPU: it is right, only not portable."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

NOTE = (
    'Your code asks for a GPU by name (`.cuda()`, `device="cuda"`). There is none here, so it ran '
    "on the CPU, at no cost. Use the device of the input instead, for example "
    "`torch.zeros(3, device=x.device)`: then it runs anywhere."
)


@contextlib.contextmanager
def cuda_means_cpu(texts: Iterable[str]) -> Iterator[Callable[[], bool]]:
    """Within it, "cuda" means the CPU, where one of the texts says "cuda" and there is no GPU.

    Gives a function that says whether a GPU was asked for so far.
    """
    if torch.cuda.is_available() or not any("cuda" in text for text in texts):
        yield lambda: False
        return
    mode = _OnTheCpu()
    with contextlib.ExitStack() as stack:
        for name, value in _NOTHING_TO_DO.items():
            stack.enter_context(mock.patch.object(torch.cuda, name, value))
        stack.enter_context(mode)
        yield lambda: mode.asked


# What torch.cuda offers to wait for, choose and describe a GPU, and fails without one.
_NOTHING_TO_DO: dict[str, Callable[..., Any]] = {
    "synchronize": lambda *_: None,
    "set_device": lambda *_: None,
    "current_device": lambda: 0,
    "get_device_name": lambda *_: "none",
    "reset_peak_memory_stats": lambda *_: None,
    "reset_max_memory_allocated": lambda *_: None,
}


class _OnTheCpu(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.asked = False

    def __torch_function__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func is Tensor.cuda:
            self.asked = True
            return args[0]
        if func is Tensor.pin_memory:
            return args[0]
        given = {name: self._moved(value) for name, value in (kwargs or {}).items()}
        return func(*map(self._moved, args), **given)

    def _moved(self, value: Any) -> Any:
        """A device that is a GPU becomes the CPU; all else stays."""
        if isinstance(value, torch.device) and value.type == "cuda":
            self.asked = True
            return torch.device("cpu")
        if isinstance(value, str) and (value == "cuda" or value.startswith("cuda:")):
            self.asked = True
            return "cpu"
        return value
