"""Takes forbidden operations out of this process. There is nothing left to call, and so
nothing to watch for.

Two steps per ban: a raising kernel is registered over every aten operation, and the code of
the Python functions that get there by other ways is swapped for code that raises.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from autograder.kit.bans import Ban
from autograder.kit.values import MARK

# Where a call can be served: plain tensors with and without gradients, and two other layouts.
_KEYS = ("CPU", "AutogradCPU", "MkldnnCPU", "NestedTensorCPU")


@dataclass(frozen=True)
class Removal:
    """A ban, ready to be applied: everything is looked up in the zygote, before the fork."""

    functions: tuple[tuple[types.FunctionType, types.CodeType], ...]
    operations: tuple[str, ...]

    def apply(self) -> None:
        """Remove the operations from this process, for good."""
        library = self._remove()
        # One more reference, held by nobody: the registration outlives every Python object,
        # and there is no object left on which `reset` could be called.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Remove the operations for the length of a `with`. For self-checks only."""
        originals = [function.__code__ for function, _ in self.functions]
        with _quiet():
            library = self._remove()
        try:
            yield
        finally:
            library.reset()
            for (function, _), code in zip(self.functions, originals, strict=True):
                function.__code__ = code

    def _remove(self) -> Any:
        for function, code in self.functions:
            function.__code__ = code
        library: Any = torch._C._dispatch_library("IMPL", "aten", "", __file__, 0)
        for operation in self.operations:
            for key in _KEYS:
                library.impl(operation, key, _raising_kernel(operation), False)
        return library


@contextmanager
def _quiet() -> Iterator[None]:
    """Torch warns on the C level that kernels are overridden; that is what they are."""
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def prepare(ban: Ban) -> Removal:
    """Find what a ban names in this version of torch; what it lacks need not be removed."""
    swaps = []
    for name in ban.functions:
        function = _find(name)
        while isinstance(function, types.FunctionType):  # the function and all it wraps
            swaps.append((function, _raising_code(name, function)))
            function = getattr(function, "__wrapped__", None)
    return Removal(tuple(swaps), tuple(op for op in ban.operations if _exists(op)))


def _exists(operation: str) -> bool:
    name, _, overload = operation.partition(".")
    packet = getattr(torch.ops.aten, name, None)
    return packet is not None and (overload or "default") in packet.overloads()


def _raising_kernel(operation: str) -> Any:
    def kernel(*args: object, **kwargs: object) -> None:
        raise RuntimeError(f"{MARK} torch.ops.aten.{operation}")

    return kernel


def _find(name: str) -> types.FunctionType | None:
    """The Python function behind a dotted name; None where this torch has none."""
    parts = name.split(".")
    for split in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:split]))
        except ImportError:
            continue
        for attribute in parts[split:]:
            found = getattr(found, attribute, None)
        return found if isinstance(found, types.FunctionType) else None
    return None


def _raising_code(name: str, function: types.FunctionType) -> types.CodeType:
    """Code that raises, with as many free variables as the function it replaces."""
    scope: dict[str, Any] = {}
    free = function.__code__.co_freevars
    lines = [f"def outer({', '.join(free)}):", "    def removed(*args, **kwargs):"]
    lines += [f"        {variable}" for variable in free]
    lines += [f"        raise RuntimeError({f'{MARK} {name}'!r})", "    return removed"]
    exec("\n".join(lines), scope)  # our own text, built from names written in bans.py
    code: types.CodeType = scope["outer"](*[None] * len(free)).__code__
    return code
