"""Runs the probes on the student's files, here and now, and says what is right and what not."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from autograder.kit import words
from autograder.kit.verdict import Attempt, CheckInfo
from autograder.kit.compare import compare
from autograder.kit.values import OWN, STAND_IN, Observation, Value
from autograder.kit.check import Check, load_checks
from autograder.kit.rules import violations
from autograder.kit.run import observe_run
from autograder.kit.removal import Removal, prepare
from autograder.kit.frames import frames
from autograder.selfcheck.picture import show
from autograder.selfcheck.student import FOLDER, HOME, Student
from autograder.selfcheck.trained import look

_earned: dict[str, float] = {}
_busy = False  # a cell that is being checked may itself call `check`


@dataclass
class Answers:
    """The stored values: what the right answer gives, and what known mistakes give."""

    assignment: str
    seed: int
    right: dict[tuple[str, str], Observation] = field(default_factory=dict)
    mistakes: dict[tuple[str, str], list[tuple[str, Observation]]] = field(default_factory=dict)
    attachment: list[str] = field(default_factory=list)  # names of the file handed in beside


def check(*wanted: str) -> None:
    """Check one question, several, or (without an argument) all, and print what was found."""
    global _busy
    if not _busy:
        _busy = True
        try:
            _check(wanted)
        finally:
            _busy = False


def _check(wanted: tuple[str, ...]) -> None:
    answers, student = _answers(), Student()
    trained = any((FOLDER / name).exists() for name in answers.attachment)
    everything = [one for one in load_checks(answers.assignment) if one.points or trained]
    known = list(dict.fromkeys(one.question for one in everything))
    unknown = [question for question in wanted if question not in known]
    if unknown:
        print(f"There is no question {', '.join(unknown)}. There are: {', '.join(known)}.")
        return
    chosen = [one for one in everything if not wanted or one.question in wanted]
    for question, checks in groupby(chosen, key=lambda one: one.question):
        _check_question(question, list(checks), answers, student)
    most = sum(one.points for one in everything)
    print(f"Points so far: {sum(_earned.values()):g} of {most:g}")


def _check_question(question: str, checks: list[Check], answers: Answers, student: Student) -> None:
    lines: list[str] = []
    earned, said = 0.0, ""
    pictures: list[tuple[str, Value, Value]] = []
    for one in checks:
        if one.accuracy:
            points, told_of_it = _look_at_trained(one, answers, student)
            earned += points
            mark = "\u2713" if points == one.points else "\u2717"
            lines += [f"  {mark} {one.summary}", f"      {told_of_it}"]
            continue
        tried = _try(one, answers, student)
        if tried[-1].passed:
            earned += one.points
            lines.append(f"  \u2713 {one.summary}")
            lines += [f"      {tried[-1].note}"] * bool(tried[-1].note)
            continue
        told = next((t for t in tried if t.observation and not t.observation.failure), tried[0])
        _, message = words.explain(told, _info(one), cpu_seconds=0)
        lines.append(f"  \u2717 {one.summary}")
        if message != said:  # what a whole function has in common is said once
            lines += [f"      {line}" for line in message.splitlines()]
        said = message
        if told.difference and told.observation and not pictures:
            pictures += _picture(told, answers.right[one.id, told.mode])
        hint = _hint(one, tried, answers)
        if hint and f"      Look here: {hint}" not in lines:
            lines.append(f"      Look here: {hint}")
    most = sum(one.points for one in checks)
    filled = round(10 * earned / most) if most else 0
    functions = ", ".join(dict.fromkeys(one.target.partition(":")[2] for one in checks))
    bar = "\u2588" * filled + "\u2591" * (10 - filled)
    print(f"{question:5} {bar} {earned:g} of {most:g}   {functions}")
    print("\n".join(lines))
    for name, x, y in pictures:
        show(name, x, y)
    _earned[question] = earned


def _picture(told: Attempt, right: Observation) -> list[tuple[str, Value, Value]]:
    """The first value that differs, from both sides."""
    assert told.observation is not None and told.difference is not None
    key, seen = told.difference.key, told.observation.values
    both = key in seen and key in right.values
    return [(told.difference.name, seen[key], right.values[key])] if both else []


def _look_at_trained(one: Check, answers: Answers, student: Student) -> tuple[float, str]:
    module = student.load(one.target)
    if isinstance(module, Observation):
        return 0.0, module.failure.text if module.failure else ""
    with contextlib.redirect_stdout(None):
        return look(one, module, answers.attachment, student.labels())


def _info(one: Check) -> CheckInfo:
    """What `words` wants to know of a check."""
    says, name = (one.bans.says, one.bans.name) if one.bans else ("", "")
    rule = one.must_use.says if one.must_use else ""
    return CheckInfo(
        one.id, one.question, one.target, one.points, one.summary, says, name, [], rule
    )


def _try(one: Check, answers: Answers, student: Student) -> list[Attempt]:
    """With the student's own helpers, then with stand-ins, as the grader does."""
    tried: list[Attempt] = []
    with _removed(one):
        for mode in [OWN] * one.own + [STAND_IN] * (one.stand_ins is not None):
            module = student.load(one.target, one.bans.name if one.bans else "")
            if isinstance(module, Observation):
                loading = one.file != "main"
                return [Attempt(mode, module, loading=loading)]
            attempt = Attempt(mode, observe_run(one, mode, module, answers.seed, student.labels()))
            if one.must_use:
                name = module.__name__
                attempt.violations = violations(student.modules[name], one.must_use)
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
    head = json.loads((HOME / "expected.json").read_text("utf-8"))
    answers = Answers(head["assignment"], head["seed"], attachment=head["attachment"])
    buffer = bytearray((HOME / "expected.bin").read_bytes())
    for frame in frames(buffer, 1 << 30):
        key = (frame.tag, str(frame.extra["mode"]))
        if frame.extra["hint"]:
            answers.mistakes.setdefault(key, []).append((frame.extra["hint"], frame.observation))
        else:
            answers.right[key] = frame.observation
    return answers
