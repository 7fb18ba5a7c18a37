"""Modules made of source texts in memory, as the sandbox and the self-check run them."""

from __future__ import annotations

import linecache
import re
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

from autograder.kit.run import describe
from autograder.kit.source import NOTEBOOK, Pieces, all_pieces, labels, without_magics
from autograder.kit.values import MISSING, STOPPED, Failure, Observation

# In the sandbox a notebook's `import selfcheck` gives a module that does nothing.
_NO_SELFCHECK = {"selfcheck.py": "def check(*questions): pass\n"}


def load(main: str) -> types.ModuleType:
    """Execute module `main`; its sisters are importable by name."""
    __import__(main)
    return sys.modules[main]


class SourceFinder(MetaPathFinder, Loader):
    """Imports modules from source texts in memory: a child needs no disk.

    A module of one piece fails as a whole. Of several pieces, cells, each is executed on its own;
    what went wrong in one is kept in `failures`, and the next one follows.
    """

    def __init__(
        self,
        modules: Mapping[str, Pieces],
        skip: Mapping[str, str] | None = None,
        on_piece: Callable[[str], None] | None = None,
    ) -> None:
        self._modules = {"selfcheck": _NO_SELFCHECK, **modules}
        self._skip = skip or {}
        self._on_piece = on_piece
        self.failures: dict[str, Failure] = {}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Only the submission's own modules are found here."""
        return ModuleSpec(name, self, origin=f"{name}.py") if name in self._modules else None

    def exec_module(self, module: types.ModuleType) -> None:
        """Compile under the labels, so that tracebacks show the student's lines."""
        pieces = self._modules[module.__name__]
        module.__file__ = next(iter(pieces), "")
        if len(pieces) == 1:
            (label, text), *_ = pieces.items()
            execute(text, label, vars(module))
            return
        module.__file__ = NOTEBOOK
        for label, text in pieces.items():
            self._exec_cell(label, text, vars(module))

    def _exec_cell(self, label: str, text: str, scope: dict[str, Any]) -> None:
        if label in self._skip:
            self.failures[label] = Failure(STOPPED, self._skip[label], label)
            return
        if self._on_piece:
            self._on_piece(label)
        try:
            execute(without_magics(text), label, scope)
        except BaseException as error:
            self.failures[label] = describe(error, labels(self._modules))

    def explain(self, seen: Observation, target: str) -> Observation:
        """Where a function is missing because its cell failed, the cell's failure says more."""
        if seen.failure is None or seen.failure.kind != MISSING:
            return seen
        path = re.escape(target.partition(":")[2].partition(".")[0])
        defines = re.compile(rf"^\s*(class|def)\s+{path}\b", re.MULTILINE)
        for label, failure in self.failures.items():
            if defines.search(all_pieces(self._modules)[label]):
                return replace(seen, failure=failure)
        return seen


def execute(text: str, label: str, scope: dict[str, Any]) -> None:
    """Run a piece of a module, known to tracebacks by its label."""
    linecache.cache[label] = (len(text), None, text.splitlines(keepends=True), label)
    exec(compile(text, label, "exec", dont_inherit=True), scope)
