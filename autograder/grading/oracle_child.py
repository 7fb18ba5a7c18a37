"""What happens in the oracle's child: the reference, right or with one mistake in it, is probed.

Runs in a child of the fork server that never sees student code.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
import types
import warnings
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from autograder.course import find_assignment
from autograder.grading.misconceptions import load_misconceptions
from autograder.grading.reference import reference_modules
from autograder.kit.check import Check
from autograder.kit.compare import compare, sample
from autograder.kit.errors import CheckError, located
from autograder.kit.frames import sender
from autograder.kit.mistakes import Mistake
from autograder.kit.modules import SourceFinder, load
from autograder.kit.run import observe_run
from autograder.kit.source import Modules, labels
from autograder.kit.values import Failure, Observation, Run

BROKEN = CheckError.__name__  # kind of a failure that is the author's


def main(work: bytes, checks: Mapping[str, Check], out: int) -> None:
    """The oracle's child: load the reference, run the probes, send what was seen."""
    request: dict[str, Any] = json.loads(work)
    gc.disable()
    warnings.simplefilter("ignore")  # a mistake may deserve one
    send = sender(out)
    try:
        mistakes = load_misconceptions(request["assignment"], checks.values())
    except CheckError as error:
        send("mistakes", Observation(failure=Failure(BROKEN, str(error))))
        return
    known = [{"name": m.name, "target": m.target, "hint": m.hint} for m in mistakes.values()]
    send("mistakes", Observation(), {"mistakes": known})
    reference = _Reference(request, checks)
    for asked in request["runs"]:
        run = Run(**asked)
        with contextlib.redirect_stdout(None):
            try:
                seen, shows = reference.observe(run, mistakes.get(run.variant))
            except CheckError as error:
                seen, shows = Observation(failure=Failure(BROKEN, str(error))), True
        send(run.check, seen, {"shows": shows})


class _Reference:
    """The reference's modules, and what has been seen of them."""

    def __init__(self, request: Mapping[str, Any], checks: Mapping[str, Check]) -> None:
        self._modules = reference_modules(find_assignment(request["assignment"]))
        self._checks = checks
        self._seed = int(request["seed"])
        self._loaded: dict[tuple[str, str], types.ModuleType] = {}
        self._right: dict[Run, Observation] = {}
        sys.meta_path.insert(0, SourceFinder(self._modules))

    def observe(self, run: Run, mistake: Mistake | None) -> tuple[Observation, bool]:
        """What a run sees; of a mistake a sample, and whether it shows there."""
        plain = Run(run.check, run.mode)
        if plain not in self._right:
            self._right[plain] = self._run(plain, None)
        if mistake is None:
            return self._right[plain], True
        seen = self._run(run, mistake)
        shows = bool(seen.failure or compare(seen, self._right[plain]))
        return (sample(seen) if shows else Observation()), shows

    def _run(self, run: Run, mistake: Mistake | None) -> Observation:
        check = self._checks[run.check]
        name = check.question.target.partition(":")[0]
        if name not in self._modules:
            raise CheckError(
                f"{check.place}: `{check.question.target}` lies in no part of the assignment; its "
                f"parts are {', '.join(self._modules)}."
            )
        module = self._module(name, mistake)
        seen = observe_run(check, run.mode, module, self._seed, self._ours(check), complete=True)
        if mistake is None and seen.failure and not seen.failure.file:
            raise CheckError(f"{check.place}: {seen.failure.text or seen.failure.kind}")
        return seen

    def _ours(self, check: Check) -> set[str]:
        """The files whose lines may be named: the reference, the check, its stand-ins."""
        written = [check.probe, check.question.stand_ins]
        files = {one.__code__.co_filename for one in written if isinstance(one, FunctionType)}
        return labels(self._modules) | files

    def _module(self, name: str, mistake: Mistake | None) -> types.ModuleType:
        """A reference module, with the mistake in it if there is one."""
        key = name, mistake.name if mistake else ""
        if key not in self._loaded:
            self._loaded[key] = fresh(name, self._modules)
            if mistake is not None:
                _change(self._loaded[key], mistake)
        return self._loaded[key]


def _change(module: types.ModuleType, mistake: Mistake) -> None:
    assert mistake.change is not None
    try:
        mistake.change(module)
    except Exception as error:
        raise CheckError(located(error)) from error


def fresh(name: str, modules: Modules) -> types.ModuleType:
    """A newly executed copy of a reference module."""
    for module in modules:
        sys.modules.pop(module, None)
    return load(name)
