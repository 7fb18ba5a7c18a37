"""Takes forbidden operations out of this process. There is nothing left to call, and so
nothing to watch for.

Kernels      every operation of the family, in every overload, raises at every dispatch key.
Functions    Python functions and modules of torch that compute the same get code that raises.
Compilers    parts of torch that run a graph without the dispatcher are taken out.
Files        what holds the source of these functions cannot be opened, and so not be imported anew.
Packages     libraries that compute the same are replaced by names that raise when they are used.
"""

from __future__ import annotations

import ctypes
import importlib
import re
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch

from autograder.kit.bans import Ban
from autograder.kit.shut import quiet_stderr, shut_files, shut_packages
from autograder.kit.values import MARK

# Where plain tensors arrive: enough for an honest mistake, and quick.
_PLAIN_KEYS = ("CPU", "AutogradCPU", "NestedTensorCPU", "MkldnnCPU")
# Attributes of torch._C that run a recorded graph by other kernels than the dispatcher's.
_COMPILERS = (
    "StaticModule", "_jit_to_static_module", "_fuse_to_static_module", "_te",
    "_jit_set_llga_enabled", "_jit_pass_fuse_tensorexprs",
)  # fmt: skip
_FORWARD = re.compile(r"_?forward(_|$)")

Swap = tuple[types.FunctionType, types.CodeType]


def prepare(ban: Ban) -> Removal:
    """A ban, ready to be applied. Nothing is looked up before it is."""
    return Removal(ban)


class Removal:
    """Takes one ban's operations out of the process, for good or for a while."""

    def __init__(self, ban: Ban) -> None:
        self._ban = ban

    def apply(self) -> None:
        """Remove the operations from this process, for good, at every door that torch has.

        Takes about 0.15 seconds. No thread is started and nothing is run backward.
        """
        importlib.import_module("torch.onnx.ops")  # torch imports it with an optimizer's first step
        codes = [function.__code__ for function, _ in self._swaps]
        self._swap_code()
        with quiet_stderr():
            libraries = self._remove_kernels(_all_keys())
        for library in libraries:
            # One more reference, held by nobody: the registration outlives every Python object,
            # and there is no object left on which `reset` could be called.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))
        _remove_compilers()
        shut_packages()
        shut_files(codes)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Remove the operations for the length of a `with`. For self-checks only."""
        originals = [function.__code__ for function, _ in self._swaps]
        self._swap_code()
        with quiet_stderr():
            libraries = self._remove_kernels(_PLAIN_KEYS)
        try:
            yield
        finally:
            for library in libraries:
                library.reset()
            for (function, _), code in zip(self._swaps, originals, strict=True):
                function.__code__ = code

    @cached_property
    def _swaps(self) -> list[Swap]:
        """Functions of torch that belong to the ban, each with code that raises."""
        found: dict[int, types.FunctionType] = {}
        for name, function in _python_functions(self._ban):
            for one in _with_wrapped(function):
                found.setdefault(id(one), one)
                self._names.setdefault(id(one), name)
        return [(one, _raising_code(self._names[id(one)], one)) for one in found.values()]

    @cached_property
    def _names(self) -> dict[int, str]:
        return {}

    def _swap_code(self) -> None:
        for function, code in self._swaps:
            function.__code__ = code

    def _remove_kernels(self, keys: tuple[str, ...]) -> list[Any]:
        """Register a raising kernel for each operation and key; one library per namespace."""
        libraries: dict[str, Any] = {}
        for full in torch._C._dispatch_get_all_op_names():
            namespace, _, name = full.partition("::")
            if not self._ban.has_operation(name.partition(".")[0]):
                continue
            if namespace not in libraries:
                made = torch._C._dispatch_library("IMPL", namespace, "", __file__, 0)
                libraries[namespace] = made
            kernel = _raising_kernel(f"torch.ops.{namespace}.{name}")
            for key in keys:
                libraries[namespace].impl(name, key, kernel, False)
        return list(libraries.values())


def _all_keys() -> tuple[str, ...]:
    """Every dispatch key for which a kernel can be registered, aliases included."""
    keys = []
    for key in (*torch._C.DispatchKey.__members__, "MkldnnCPU"):
        if not re.match("StartOf|EndOf|Undefined$", key):
            try:
                torch._C._dispatch_key_parse(key)
            except RuntimeError:
                continue  # a name without a key behind it
            keys.append(key)
    return tuple(keys)


def _raising_kernel(name: str) -> Callable[..., None]:
    def kernel(*args: object, **kwargs: object) -> None:
        raise RuntimeError(f"{MARK} {name}")

    return kernel


# --- Python ---------------------------------------------------------------------------------------


def _python_functions(ban: Ban) -> Iterator[tuple[str, types.FunctionType]]:
    """Functions of torch that are called like the ban's, or registered for its operations."""
    for module in [m for name, m in list(sys.modules.items()) if name.startswith("torch.")]:
        if not isinstance(module, types.ModuleType):
            continue
        for name, value in list(vars(module).items()):
            full = f"{module.__name__}.{name}"
            if type(value) is types.FunctionType and ban.has_function(name):
                if str(value.__module__).startswith("torch."):
                    yield full, value
            elif issubclass(type(value), type) and ban.has_module(name):
                for method, body in list(vars(value).items()):
                    ours = str(value.__module__).startswith("torch.") and _FORWARD.match(method)
                    if ours and isinstance(body, types.FunctionType):
                        yield full, body
    yield from _registered(ban)


def _registered(ban: Ban) -> Iterator[tuple[str, types.FunctionType]]:
    """Decompositions and Python kernels: they are kept in tables, by operation."""
    tables: list[dict[Any, Any]] = [*torch._decomp.global_decomposition_table.values()]
    for table in tables:
        for operation, value in list(table.items()):
            name = str(operation).split(".")[1] if "." in str(operation) else str(operation)
            if isinstance(value, types.FunctionType) and ban.has_operation(name):
                yield f"torch._decomp.{name}", value
    for name in {n.partition("::")[2] for n in torch._C._dispatch_get_all_op_names()}:
        packet, _, overload = name.partition(".")
        if ban.has_operation(packet):
            found = getattr(getattr(torch.ops.aten, packet, None), overload or "default", None)
            for value in list(getattr(found, "py_kernels", {}).values()):
                if isinstance(value, types.FunctionType):
                    yield f"torch.ops.aten.{name}", value


def _with_wrapped(function: types.FunctionType) -> Iterator[types.FunctionType]:
    """The function and all it wraps."""
    one: Any = function
    while isinstance(one, types.FunctionType):
        yield one
        one = getattr(one, "__wrapped__", None)


def _raising_code(name: str, function: types.FunctionType) -> types.CodeType:
    """Code that raises, with as many free variables as the function it replaces."""
    scope: dict[str, Any] = {}
    free = function.__code__.co_freevars
    lines = [f"def outer({', '.join(free)}):", "    def removed(*args, **kwargs):"]
    lines += [f"        {variable}" for variable in free]
    lines += [f"        raise RuntimeError({f'{MARK} {name}'!r})", "    return removed"]
    exec("\n".join(lines), scope)  # our own text, built from names in torch
    code: types.CodeType = scope["outer"](*[None] * len(free)).__code__
    return code


def _remove_compilers() -> None:
    for name in _COMPILERS:
        found = getattr(torch._C, name, None)
        if isinstance(found, type):  # reachable through its base class, too
            for method in ("__init__", "__call__"):
                setattr(found, method, _raising_kernel(f"torch._C.{name}"))
        if found is not None:
            delattr(torch._C, name)
