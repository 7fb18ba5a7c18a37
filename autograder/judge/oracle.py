"""Computes what the reference, or a patched reference, does under the same probes.

`main` runs in a child of the zygote that never sees student code; `Oracle` is the grader's end
and remembers every answer, so that a class of any size asks once.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.judge.misconception import Misconception, load_misconceptions
from autograder.probe.check import Check
from autograder.probe.observation import Observation
from autograder.probe.run import Run, observe_run
from autograder.sandbox.child import SourceFinder, load, sender
from autograder.sandbox.client import Sandbox, SandboxError


class Oracle:
    """The reference's observations for one assignment and one seed."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self._sandbox = sandbox
        self._seed = seed
        self._files = reference_files(sandbox.reference)
        self._known: dict[Run, Observation] = {}

    def observe(self, runs: Iterable[Run]) -> dict[Run, Observation]:
        """Observations of the reference; with `variant` set, of a patched reference."""
        runs = list(runs)
        unknown = [run for run in runs if run not in self._known]
        if unknown:
            self._ask(unknown)
        return {run: self._known[run] for run in runs}

    def _ask(self, runs: list[Run]) -> None:
        request = {
            "assignment": self._sandbox.assignment,
            "files": self._files,
            "seed": self._seed,
            "runs": [vars(run) for run in runs],
        }
        outcome = self._sandbox.oracle("autograder.judge.oracle", request)
        if len(outcome.frames) != len(runs):
            raise SandboxError(
                f"The reference solution in {self._sandbox.reference} could not be run "
                f"({outcome.bad or f'signal {outcome.signal}'}); nothing was graded."
            )
        for run, frame in zip(runs, outcome.frames, strict=True):
            if frame.observation.failure is not None and not run.variant:
                told = frame.observation.failure
                raise SandboxError(
                    f"The reference solution itself fails check {run.check}: {told.kind}: "
                    f"{told.text} ({told.file}:{told.line}). Mend it first; nothing was graded."
                )
            self._known[run] = frame.observation


def reference_files(folder: Path) -> dict[str, str]:
    """Module name -> source text of an assignment's reference."""
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.py"))}


def main(request: dict[str, Any], checks: Mapping[str, Check], out: int) -> None:
    """The oracle's child: load the reference, run the probes, send what was seen."""
    gc.disable()
    files: dict[str, str] = request["files"]
    patches = load_misconceptions(request["assignment"])
    sys.meta_path.insert(0, SourceFinder(files))
    plain: dict[str, types.ModuleType] = {}
    send = sender(out)
    for told in request["runs"]:
        run = Run(**told)
        check = checks[run.check]
        with contextlib.redirect_stdout(None):
            if run.variant:
                module = patched_reference(check.file, files, patches[run.variant])
            else:
                module = plain.setdefault(check.file, fresh(check.file, files))
            observation = observe_run(check, run.mode, module, request["seed"], files)
        send(run.check, observation)


def fresh(name: str, files: Mapping[str, str]) -> types.ModuleType:
    """A newly executed copy of a reference module."""
    for file in files:
        sys.modules.pop(file, None)
    return load(name)


def patched_reference(
    name: str, files: Mapping[str, str], mistake: Misconception
) -> types.ModuleType:
    """A reference module with one mistake put in."""
    module = fresh(name, files)
    mistake.patch(module)
    return module
