"""What happens in a forked child: confinement, removal, the student's module, probes.

A job is plain JSON (see `Job`). Whatever goes wrong here ends as an observation without
values, and so without points; the grader never relies on a word of it.
"""

from __future__ import annotations

import gc
import linecache
import os
import sys
import types
from collections.abc import Callable, Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

from autograder.observation import Observation
from autograder.probe import scan
from autograder.probe.check import Check
from autograder.probe.run import describe, observe_run
from autograder.sandbox.confine import Confinement, Limits, confine
from autograder.sandbox.job import Job
from autograder.sandbox.removal import Removal
from autograder.sandbox.wire import encode


def run_student(
    job: Job,
    checks: Mapping[str, Check],
    removals: Mapping[str, Removal],
    confinement: Confinement | None,
    limits: Limits,
    out: int,
) -> None:
    """Confine this process and do the job. Returns only to be exited."""
    try:
        if confinement is not None:
            out = confine(confinement, limits, out)
        ban = checks[job.runs[0].check].bans
        send = sender(out)
        found = scan.find(job.files, ban) if ban else []
        if ban is not None:
            removals[ban.name].apply()
        gc.disable()
        sys.meta_path.insert(0, SourceFinder(job.files))
        send("ready", Observation(), {"found": found})  # before any of the student's code runs
    except Exception as error:  # ours, not the student's
        sender(out)("broken", Observation(failure=describe(error, {})))
        return
    try:
        module = load(job.main)
    except BaseException as error:  # SystemExit, too, is the student's
        send("load", Observation(failure=describe(error, job.files)))
        return
    send("load", Observation())
    for run in job.runs:
        check = checks[run.check]
        send(run.check, observe_run(check, run.mode, module, job.seed, job.files))


# --- the student's module -----------------------------------------------------------------------


def load(main: str) -> types.ModuleType:
    """Execute module `main`; its sisters are importable by name."""
    __import__(main)
    return sys.modules[main]


class SourceFinder(MetaPathFinder, Loader):
    """Imports modules from source texts in memory: a child needs no disk."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Only the submission's own files are found here."""
        return ModuleSpec(name, self, origin=f"{name}.py") if name in self._files else None

    def exec_module(self, module: types.ModuleType) -> None:
        """Compile with the file's own name, so that tracebacks show the student's lines."""
        name = f"{module.__name__}.py"
        text = self._files[module.__name__]
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        module.__file__ = name
        exec(compile(text, name, "exec", dont_inherit=True), vars(module))


def sender(out: int) -> Callable[..., None]:
    """A function that writes observations to `out` as frames."""

    def send(tag: str, observation: Observation, extra: dict[str, Any] | None = None) -> None:
        data = memoryview(encode(tag, observation, extra))
        while data:
            data = data[os.write(out, data) :]

    return send
