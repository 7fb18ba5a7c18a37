"""Runs one check's probe on a module and says what was seen."""

from __future__ import annotations

import contextlib
import difflib
import linecache
import time
import traceback
from collections.abc import Collection, Mapping
from typing import Any

from autograder.kit.check import Check
from autograder.kit.devices import NOTE, cuda_means_cpu
from autograder.kit.draw import Draw
from autograder.kit.growth import within
from autograder.kit.observe import Absent, ContractBroken, Observed
from autograder.kit.pack import pack
from autograder.kit.rules import RuleBroken, kept
from autograder.kit.stand_ins import StandIns
from autograder.kit.values import (
    ABSENT,
    CONTRACT,
    MISSING,
    RULE,
    STAND_IN,
    Failure,
    Observation,
    Value,
)


def observe_run(
    check: Check,
    mode: str,
    module: Any,
    seed: int,
    labels: Collection[str],
    given: Mapping[str, bytes] | None = None,
    complete: bool = False,
) -> Observation:
    """Run one probe in all its cases; `complete` is said of the reference."""
    started = time.perf_counter()
    absent = missing_part(module, check.question.target)
    if absent:
        return Observation({}, Failure(MISSING, absent))
    values: dict[str, Value] = {}
    note = ""
    texts = ["".join(linecache.getlines(label)) for label in labels]
    try:
        with cuda_means_cpu(texts) as asked_for_cuda:
            for case in range(check.cases):

                def probe(length: int = 0, case: int = case) -> Observed:
                    draw = Draw(seed, check.id, case, given, length)
                    return _probe(check, mode, module, draw, complete)

                seen, note = within(check.growth, probe) if check.growth else (probe(), "")
                dtype = str(Draw(seed, check.id, case).dtype).removeprefix("torch.")
                label = f" [{dtype}]" if check.cases > 1 else ""
                values |= {f"{name}{label}#{case}": pack(value) for name, value in seen.items()}
            note = note or (NOTE if asked_for_cuda() else "")
    except BaseException as error:
        return Observation({}, describe(error, labels), time.perf_counter() - started)
    return Observation(values, None, time.perf_counter() - started, note)


def _probe(check: Check, mode: str, module: Any, draw: Draw, complete: bool) -> Observed:
    """Run the probe once, with the student's own helpers or with stand-ins."""
    replace = check.question.stand_ins
    with contextlib.ExitStack() as stack:
        if mode == STAND_IN and replace is not None:
            target = check.question.target.partition(":")[2]
            replace(stack.enter_context(StandIns(module, target, complete)), draw)
        # The reference keeps the rule; known mistakes of it need not, to be recognised.
        judge = stack.enter_context(kept(None if complete else check.question.rule))
        seen = check.probe(module, draw)
        judge(seen)
        return seen


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


_KINDS: dict[type[BaseException], str] = {
    Absent: ABSENT,
    ContractBroken: CONTRACT,
    RuleBroken: RULE,
}


def describe(error: BaseException, labels: Collection[str]) -> Failure:
    """An exception with the innermost line of the student's own code, known by its labels."""
    kind = _KINDS.get(type(error), type(error).__name__)
    try:
        text = str(error)[:2000]
    except BaseException:
        text = ""
    if isinstance(error, SyntaxError) and error.filename in labels:
        line = (error.text or "").strip()
        return Failure(kind, error.msg, error.filename or "", error.lineno or 0, "", line[:300])
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in labels]
    if not frames:
        return Failure(kind, text)
    last = frames[-1]
    return Failure(
        kind, text, last.filename, last.lineno or 0, last.name, (last.line or "").strip()[:300]
    )
