"""Runs the probes on the student's files, here and now, and says what is right and what not."""

from __future__ import annotations

import contextlib
import functools
import json
import linecache
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from selfcheck.judge import words
from selfcheck.judge.attempt import Attempt, CheckInfo
from selfcheck.judge.compare import compare
from selfcheck.observation import OWN, STAND_IN, Observation
from selfcheck.probe.check import Check, load_checks
from selfcheck.probe.run import describe, observe_run
from selfcheck.sandbox.removal import Removal, prepare
from selfcheck.sandbox.wire import frames

_HOME = Path(__file__).resolve().parent
FOLDER = _HOME.parent  # the assignment's folder: the student's files lie here
_earned: dict[str, float] = {}


@dataclass
class Answers:
    """The stored values: what the right answer gives, and what known mistakes give."""

    assignment: str
    seed: int
    right: dict[tuple[str, str], Observation] = field(default_factory=dict)
    mistakes: dict[tuple[str, str], list[tuple[str, Observation]]] = field(default_factory=dict)


def check(*wanted: str) -> None:
    """Check one question, several, or (without an argument) all, and print what was found."""
    answers = _answers()
    everything = load_checks(answers.assignment)
    known = list(dict.fromkeys(one.question for one in everything))
    unknown = [question for question in wanted if question not in known]
    if unknown:
        print(f"There is no question {', '.join(unknown)}. There are: {', '.join(known)}.")
        return
    chosen = [one for one in everything if not wanted or one.question in wanted]
    for question, checks in groupby(chosen, key=lambda one: one.question):
        _check_question(question, list(checks), answers)
    most = sum(one.points for one in everything)
    print(f"Points so far: {sum(_earned.values()):g} of {most:g}")


def _check_question(question: str, checks: list[Check], answers: Answers) -> None:
    lines: list[str] = []
    earned, said = 0.0, ""
    for one in checks:
        tried = _try(one, answers)
        if tried[-1].passed:
            earned += one.points
            lines.append(f"  \u2713 {one.summary}")
            continue
        told = next((t for t in tried if t.observation and not t.observation.failure), tried[0])
        _, message = words.explain(told, _info(one), cpu_seconds=0)
        lines.append(f"  \u2717 {one.summary}")
        if message != said:  # what a whole function has in common is said once
            lines += [f"      {line}" for line in message.splitlines()]
        said = message
        hint = _hint(one, tried, answers)
        if hint:
            lines.append(f"      Look here: {hint}")
    most = sum(one.points for one in checks)
    filled = round(10 * earned / most) if most else 0
    functions = ", ".join(dict.fromkeys(one.target.partition(":")[2] for one in checks))
    bar = "\u2588" * filled + "\u2591" * (10 - filled)
    print(f"{question:5} {bar} {earned:g} of {most:g}   {functions}")
    print("\n".join(lines))
    _earned[question] = earned


def _info(one: Check) -> CheckInfo:
    """What `words` wants to know of a check."""
    says, name = (one.bans.says, one.bans.name) if one.bans else ("", "")
    return CheckInfo(one.id, one.question, one.target, one.points, one.summary, says, name, [])


def _try(one: Check, answers: Answers) -> list[Attempt]:
    """With the student's own helpers, then with stand-ins, as the grader does."""
    tried: list[Attempt] = []
    with _removed(one):
        for mode in [OWN] * one.own + [STAND_IN] * (one.stand_ins is not None):
            module = _load(one.file)
            if isinstance(module, Observation):
                return [Attempt(mode, module, loading=True)]
            names = [str(module.__file__)]
            attempt = Attempt(mode, observe_run(one, mode, module, answers.seed, names))
            if attempt.observation and attempt.observation.failure is None:
                right = answers.right[one.id, mode]
                attempt.difference = compare(attempt.observation, right)
            tried.append(attempt)
            if attempt.passed:
                break
    return tried


def _hint(one: Check, tried: list[Attempt], answers: Answers) -> str:
    for attempt in reversed(tried):
        if attempt.observation is None or attempt.observation.failure:
            continue
        for hint, spoilt in answers.mistakes.get((one.id, attempt.mode), []):
            if compare(attempt.observation, spoilt, nan_agrees=True) is None:
                return hint
    return ""


def _load(part: str) -> types.ModuleType | Observation:
    """The student's module, executed anew, or the observation of what went wrong."""
    paths = [FOLDER / f"{part}.py", FOLDER / f"{part}_template.py"]
    path = next((path for path in paths if path.exists()), paths[1])
    try:
        text = path.read_text("utf-8")
        linecache.cache[path.name] = (len(text), None, text.splitlines(keepends=True), path.name)
        module = types.ModuleType(path.stem)
        module.__file__ = path.name
        sys.modules[path.stem] = module
        with contextlib.redirect_stdout(None):
            exec(compile(text, path.name, "exec", dont_inherit=True), vars(module))
    except BaseException as error:
        return Observation(failure=describe(error, [path.name]))
    return module


@contextlib.contextmanager
def _removed(one: Check) -> Iterator[None]:
    """Without the operations that the check forbids, for as long as it runs."""
    with contextlib.redirect_stdout(None):
        if one.bans is None:
            yield
        else:
            with _removal(one).held():
                yield


_removals: dict[str, Removal] = {}


def _removal(one: Check) -> Removal:
    assert one.bans is not None
    if one.bans.name not in _removals:
        _removals[one.bans.name] = prepare(one.bans)
    return _removals[one.bans.name]


@functools.cache
def _answers() -> Answers:
    head = json.loads((_HOME / "expected.json").read_text("utf-8"))
    answers = Answers(head["assignment"], head["seed"])
    buffer = bytearray((_HOME / "expected.bin").read_bytes())
    for frame in frames(buffer, 1 << 30):
        key = (frame.tag, str(frame.extra["mode"]))
        if frame.extra["hint"]:
            answers.mistakes.setdefault(key, []).append((frame.extra["hint"], frame.observation))
        else:
            answers.right[key] = frame.observation
    return answers
