"""Modules made of source texts in memory, as the sandbox and the self-check run them."""

from __future__ import annotations

import contextlib
import linecache
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

from autograder.kit.devices import cuda_means_cpu
from autograder.kit.run import describe
from autograder.kit.source import NOTEBOOK, Pieces, all_pieces, labels, without_magics
from autograder.kit.statements import statements
from autograder.kit.values import MISSING, STOPPED, Failure, Observation

# In the sandbox a notebook's `import selfcheck` gives a module that does nothing.
_NO_SELFCHECK = {"selfcheck.py": "def check(*questions): pass\n"}


def load(main: str) -> types.ModuleType:
    """Execute module `main`; its sisters are importable by name."""
    __import__(main)
    return sys.modules[main]


@dataclass(frozen=True)
class Failed:
    """A statement or a cell that failed, and the names that are missing because of it."""

    label: str
    failure: Failure
    binds: frozenset[str]


class SourceFinder(MetaPathFinder, Loader):
    """Imports modules from source texts in memory: a child needs no disk.

    A Python file is executed statement by statement, a notebook cell by cell. What went wrong in
    one is kept in `failures`, and the next one follows: it costs what depends on it. Only a file
    that is not valid Python fails as a whole.
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
        self.failures: list[Failed] = []

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Only the submission's own modules are found here."""
        return ModuleSpec(name, self, origin=f"{name}.py") if name in self._modules else None

    def exec_module(self, module: types.ModuleType) -> None:
        """Compile under the labels, so that tracebacks show the student's lines."""
        pieces = self._modules[module.__name__]
        module.__file__ = next(iter(pieces), "")
        with cuda_means_cpu(all_pieces(self._modules).values()):
            if len(pieces) == 1:
                (label, text), *_ = pieces.items()
                self._exec_file(label, text, vars(module))
                return
            module.__file__ = NOTEBOOK
            for label, text in pieces.items():
                self._exec_cell(label, text, vars(module))

    def _exec_file(self, label: str, text: str, scope: dict[str, Any]) -> None:
        remember(label, text)
        for statement in statements(text, label):
            place = f"{label}, line {statement.line}"
            with self._on_its_own(place, statement.binds, said=not statement.quick) as skipped:
                if not skipped:
                    exec(statement.code, scope)

    def _exec_cell(self, label: str, text: str, scope: dict[str, Any]) -> None:
        with self._on_its_own(label, _defined(text), said=True) as skipped:
            if not skipped:
                remember(label, text)
                exec(compile(without_magics(text), label, "exec", dont_inherit=True), scope)

    @contextlib.contextmanager
    def _on_its_own(self, label: str, binds: frozenset[str], said: bool) -> Iterator[bool]:
        """Gives whether the piece is skipped; keeps what goes wrong in it."""
        if label in self._skip:
            self.failures.append(Failed(label, Failure(STOPPED, self._skip[label], label), binds))
            yield True
            return
        if said and self._on_piece:
            self._on_piece(label)
        try:
            yield False
        except BaseException as error:
            failure = describe(error, labels(self._modules))
            self.failures.append(Failed(label, failure, binds))

    def explain(self, seen: Observation, target: str) -> Observation:
        """Where a name is missing because what defines it failed, that failure says more."""
        missing = target.partition(":")[2].partition(".")[0]
        for _ in range(_CHAIN):
            failure = seen.failure
            if failure is None:
                return seen
            if failure.kind == NameError.__name__:
                named = _NO_NAME.search(failure.text)
                missing = named[1] if named else ""
            elif failure.kind != MISSING:
                return seen
            cause = next((one for one in self.failures if missing in one.binds), None)
            if cause is None or cause.failure == failure:
                return seen
            seen = replace(seen, failure=cause.failure)
        return seen


_CHAIN = 5  # a class misses its base, which misses an import, ...
_NO_NAME = re.compile(r"name '(\w+)' is not defined")
_DEFINES = re.compile(r"^\s*(?:class|def)\s+(\w+)", re.MULTILINE)


def _defined(text: str) -> frozenset[str]:
    """What a cell defines; it need not be valid Python."""
    return frozenset(_DEFINES.findall(text))


def remember(label: str, text: str) -> None:
    """Let tracebacks show the lines of a text that is in no file."""
    linecache.cache[label] = (len(text), None, text.splitlines(keepends=True), label)
