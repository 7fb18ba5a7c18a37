"""Closes files and packages to this process: what a ban has removed is not read in again."""

from __future__ import annotations

import errno
import inspect
import linecache
import os
import sys
import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, NoReturn

import torch

from autograder.kit.values import MARK

# Libraries that offer ready-made layers of their own, and that no check under a ban needs.
PACKAGES = (
    "transformers", "sentence_transformers", "timm", "torchao", "torchtune", "xformers",
    "flash_attn", "x_transformers", "vit_pytorch", "linear_attention_transformer", "fastai",
    "performer_pytorch", "fast_transformers", "labml_nn", "torchvision.models",
    "tensorflow", "keras", "jax", "flax", "haiku", "equinox", "mxnet", "paddle", "mlx", "tinygrad",
    "onnxruntime", "openvino",
)  # fmt: skip
# Parts of torch that compute such layers in Python, and that nothing else needs.
_PARTS_OF_TORCH = (
    "nn/attention/flex_attention.py", "nn/attention/varlen.py", "nn/attention/experimental/",
    "nested/_internal/sdpa.py", "sparse/_triton_ops.py", "export/_patches.py",
    "onnx/_internal/exporter/_torchlib/", "_inductor/decomposition.py", "_inductor/fx_passes/",
    "testing/_internal/common_m", "testing/_internal/opinfo/",
)  # fmt: skip


def shut_files(codes: Iterable[types.CodeType]) -> None:
    """Let no file be opened that holds one of these codes, nor the parts of torch named here.

    An audit hook cannot be taken back. It raises what a missing permission raises: a traceback
    that wants to print a line of such a file goes on without it.
    """
    home = Path(torch.__file__).parent
    files = _leave_the_rest(codes)
    closed = {os.path.realpath(file) for file in files} | {_compiled(file) for file in files}
    parts = tuple(str(home / part).removesuffix(".py") for part in _PARTS_OF_TORCH)
    parts += tuple(_compiled(part + ".py").partition(".cpython")[0] + "." for part in parts)
    parts += tuple(str(home.parent / package.replace(".", os.sep)) + os.sep for package in PACKAGES)
    packages = str(home.parent) + os.sep
    realpath, fsdecode = os.path.realpath, os.fsdecode
    text = (str, bytes, os.PathLike)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], text):
            path = realpath(fsdecode(arguments[0]))
            if path in closed or path.startswith(parts):
                raise PermissionError(errno.EPERM, f"{MARK} reading {path.removeprefix(packages)}")

    sys.addaudithook(hook)


def _leave_the_rest(codes: Iterable[types.CodeType]) -> list[str]:
    """The files of these codes. Their source stays to be seen, all but these codes' lines:
    TorchScript wants to read the functions that are allowed."""
    lines: dict[str, list[str]] = {}
    for code in codes:
        file = code.co_filename
        if file not in lines:
            lines[file] = list(linecache.getlines(file))
        first = code.co_firstlineno - 1
        for number in range(first, first + len(inspect.getblock(lines[file][first:]))):
            lines[file][number] = "\n"
    for file, left in lines.items():
        linecache.cache[file] = (sum(map(len, left)), None, left, file)
    return list(lines)


def _compiled(file: str) -> str:
    """Where Python keeps the compiled form of a file."""
    path = Path(os.path.realpath(file))
    return str(path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc")


def shut_packages() -> None:
    """Replace the packages by names that can be imported, and raise when they are used."""
    for name in list(sys.modules):
        if _is_shut(name):
            parent, _, last = name.rpartition(".")
            vars(sys.modules.get(parent, sys)).pop(last, None)
            del sys.modules[name]
    sys.meta_path.insert(0, _Finder())


def _is_shut(name: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in PACKAGES)


class _Finder(MetaPathFinder, Loader):
    """Finds the shut packages and all of their modules."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if _is_shut(name) else None

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        return _Package(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to execute."""


class _Package(types.ModuleType):
    """A module that has every name; `from package import *` gets none of them."""

    __all__: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Name(f"{self.__name__}.{name}")


class _Name:
    """A name out of a shut package. Importing it costs nothing; using it raises."""

    def __init__(self, *name: Any) -> None:
        self._name = name[0] if len(name) == 1 else "a class of a package"
        if len(name) != 1:  # it was used as a base class
            self._raise()

    def _raise(self, *args: object, **kwargs: object) -> NoReturn:
        raise RuntimeError(f"{MARK} {self._name}")

    __call__ = _raise

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._raise()


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Torch warns on the C level that kernels are overridden; that is what they are."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
    except OSError:  # confined, and so nobody reads it
        yield
        return
    kept = os.dup(2)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
