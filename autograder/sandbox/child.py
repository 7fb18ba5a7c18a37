"""What happens in a forked child: confinement, removal, the student's module, probes.

A job is plain JSON (see `Job`). Whatever goes wrong here ends as an observation without
values, and so without points; the grader never relies on a word of it.
"""

from __future__ import annotations

import difflib
import gc
import linecache
import os
import sys
import time
import traceback
import types
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

import torch

from autograder.probe.check import Check
from autograder.probe.draw import Draw
from autograder.probe.stand_in import Patches
from autograder.sandbox import scan
from autograder.sandbox.confine import Confinement, Limits, confine
from autograder.sandbox.markers import MISSING
from autograder.sandbox.pack import pack
from autograder.sandbox.removal import Removal
from autograder.sandbox.wire import Failure, Observation, encode

OWN, STAND_IN = "own", "stand_in"


@dataclass(frozen=True)
class Run:
    """One probe to run: which check, and with whose helpers."""

    check: str
    mode: str = OWN
    variant: str = ""  # a misconception of the reference; only ever set for the oracle


@dataclass(frozen=True)
class Job:
    """One child's work: load `main` out of `files`, then run the probes in order."""

    files: dict[str, str]  # module name -> source text
    main: str
    runs: list[Run]
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Job:
        """Read what `to_json` wrote."""
        runs = [Run(**run) for run in told["runs"]]
        return cls(told["files"], told["main"], runs, told["seed"])


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
        send("scan", Observation(), {"found": scan.find(job.files, ban) if ban else []})
        if ban is not None:
            removals[ban.name].apply()
        gc.disable()
        sys.meta_path.insert(0, SourceFinder(job.files))
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


def observe_run(
    check: Check, mode: str, module: Any, seed: int, files: Mapping[str, str]
) -> Observation:
    """Run one probe in all its cases."""
    started = time.perf_counter()
    absent = missing_part(module, check.target)
    if absent:
        return Observation({}, Failure(MISSING, absent))
    values = {}
    try:
        for case in range(check.cases):
            draw = Draw(seed, check.id, case)
            if mode == STAND_IN and check.stand_ins is not None:
                with Patches(module, keep=check.target.partition(":")[2]) as stand:
                    check.stand_ins(stand, draw)
                    seen = check.probe(module, draw)
            else:
                seen = check.probe(module, draw)
            label = f" [{str(draw.dtype).removeprefix('torch.')}]" if check.cases > 1 else ""
            values |= {f"{name}{label}#{case}": pack(value) for name, value in seen.items()}
    except BaseException as error:
        return Observation({}, describe(error, files), time.perf_counter() - started)
    return Observation(values, None, time.perf_counter() - started)


def missing_part(module: Any, target: str) -> str:
    """A sentence when the class or function to be graded is not there; else empty."""
    path = target.partition(":")[2]
    holder, place = module, f"`{module.__file__}`"
    for name in path.split("."):
        if not hasattr(holder, name):
            near = difflib.get_close_matches(name, vars(holder), n=1, cutoff=0.6)
            guess = f" Did you mean `{near[0]}`? The name must be `{name}`." if near else ""
            return f"There is no `{name}` in {place}.{guess}"
        holder, place = getattr(holder, name), f"class `{name}`"
    return ""


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


def describe(error: BaseException, files: Mapping[str, str]) -> Failure:
    """An exception with the innermost line of the student's own code."""
    names = {f"{name}.py" for name in files}
    kind = type(error).__name__
    try:
        text = str(error)[:2000]
    except BaseException:
        text = ""
    if isinstance(error, SyntaxError) and error.filename in names:
        line = (error.text or "").strip()
        return Failure(kind, error.msg, error.filename or "", error.lineno or 0, "", line[:300])
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in names]
    if not frames:
        return Failure(kind, text)
    last = frames[-1]
    return Failure(
        kind, text, last.filename, last.lineno or 0, last.name, (last.line or "").strip()[:300]
    )


def sender(out: int) -> Callable[..., None]:
    """A function that writes observations to `out` as frames."""

    def send(tag: str, observation: Observation, extra: dict[str, Any] | None = None) -> None:
        data = memoryview(encode(tag, observation, extra))
        while data:
            data = data[os.write(out, data) :]

    return send
