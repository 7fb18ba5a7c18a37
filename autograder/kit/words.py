"""The words a student reads when a check did not pass. Markdown, no traces, no blame."""

from __future__ import annotations

import re
from typing import Any

from autograder.kit.text import code, escape, prose
from autograder.kit.values import (
    ABSENT,
    CONTRACT,
    MARK,
    MISSING,
    RULE,
    STOPPED,
    TIME_LIMIT,
    Failure,
)
from autograder.kit.verdict import Attempt, CheckInfo, Ending, Status

WITH_STAND_INS = (
    "Passed with stand-ins for the functions it builds on: one of those is still wrong, "
    "and costs its own points only."
)
NOT_MEASURED = (
    "Your model was not measured, and this is not your fault. Please tell your instructor:"
)
_NO_MEMORY = re.compile(r"not enough memory|can't allocate memory|out of memory")
_NO_CUDA = re.compile(r"CUDA|NVIDIA|cuda|Torch not compiled|MPS backend")

_SYNTAX = {error.__name__ for error in (SyntaxError, IndentationError, TabError)}
_IMPORT = {error.__name__ for error in (ImportError, ModuleNotFoundError)}
_NO_DEVICE = {RuntimeError.__name__, AssertionError.__name__, "AcceleratorError"}  # torch's own


def explain(attempt: Attempt, check: CheckInfo, cpu_seconds: int) -> tuple[Status, str]:
    """Status and message of an attempt that did not pass."""
    observation = attempt.observation
    if observation is None:
        return _ended(attempt, cpu_seconds)
    if observation.failure is not None:
        return _raised(observation.failure, attempt, check, cpu_seconds)
    difference = attempt.difference
    assert difference is not None
    return "failed", f"{escape(difference.name)}: {difference.text}"


def _ended(attempt: Attempt, cpu_seconds: int) -> tuple[Status, str]:
    """The child stopped without an answer."""
    where = "while your file was being imported" if attempt.loading else "during this check"
    ending = attempt.ending
    if ending.too_long(cpu_seconds):
        return "timeout", (
            f"No result after {cpu_seconds} seconds of processor time, stopped {where}. "
            "Look for a loop that never ends, or training code that runs on import."
        )
    if ending.unreadable:
        return "killed", (
            f"The result could not be read: {ending.unreadable}. It counts as no result."
        )
    if ending.signal:
        return "killed", (
            f"The Python process ended with signal {ending.signal} {where}. Usual reasons: very "
            "deep recursion, or far more memory than the exercise needs."
        )
    return "error", (
        f"The Python process ended by itself {where}, without a result. "
        "Remove calls such as exit(), quit(), sys.exit() and os._exit()."
    )


def stopped(ending: Ending, cpu_seconds: int) -> str:
    """Why a notebook's cell is left out."""
    if ending.too_long(cpu_seconds):
        return (
            f"This cell did not end within {cpu_seconds} seconds of processor time. Look for a "
            "loop that never ends, or for training code, which belongs in a cell of its own."
        )
    return "This cell ended the Python process. Remove calls such as exit() and os._exit()."


def _raised(
    failure: Failure, attempt: Attempt, check: CheckInfo, cpu_seconds: int
) -> tuple[Status, str]:
    """An exception came instead of a value."""
    where = _where(failure)
    if failure.kind in (MISSING, ABSENT):
        return "missing", prose(failure.text)
    if failure.kind == STOPPED:
        return "timeout", f"{code(failure.file)}: {prose(failure.text)}"
    if failure.kind == TIME_LIMIT:
        return "timeout", (
            f"Stopped after {cpu_seconds} seconds{where}. Look for a loop that never ends, or "
            "training code that runs on import."
        )
    if failure.kind == CONTRACT:
        return "failed", prose(failure.text)
    if failure.kind == RULE:
        places = "; ".join(prose(one) for one in attempt.violations)
        look = f" Look here: {places}." if places else ""
        return "forbidden", f"The exercise asks for {check.rule}. {prose(failure.text)}{look}"
    if failure.kind == NotImplementedError.__name__:
        return "missing", f"Not done yet: there is still a `raise NotImplementedError`{where}."
    if MARK in failure.text:
        return "forbidden", _forbidden(failure, attempt, check, where)
    if failure.kind in _SYNTAX:
        return "error", (
            f"{code(failure.file)} is not valid Python, line {failure.line}: "
            f"{escape(failure.text)}.\n{code(failure.source)}\n"
            "Nothing in it can run until that is fixed."
        )
    if failure.kind == SystemExit.__name__:
        return (
            "error",
            f"Your code calls exit(){where}. Remove it: a grader needs your code to go on.",
        )
    if failure.kind in _IMPORT:
        return "error", (
            f"Import failed{where}: {code(failure.text)}. Only the packages of the course are "
            "installed here; see environment.yml."
        )
    if failure.kind in _NO_DEVICE and _NO_CUDA.search(failure.text):
        return "error", (
            f"Your code asks for a GPU{where}, and this machine has none. Do not hard-code "
            '`.cuda()` or `device="cuda"`: create new tensors on the device of the input, '
            "for example `torch.zeros(3, device=x.device)`."
        )
    if failure.kind == MemoryError.__name__ or _NO_MEMORY.search(failure.text):
        return "killed", f"Your code asked for more memory than a check may use{where}."
    if failure.kind == RecursionError.__name__:
        return "error", f"A function calls itself without end{where}."
    started = "When your file was imported, it" if attempt.loading else "Your code"
    text = code(failure.text) or "(no message)"
    return "error", f"{started} raised {escape(failure.kind, 100)}{where}: {text}"


def _where(failure: Failure) -> str:
    if not failure.file:
        return ""
    function = f" in {code(failure.function)}" if failure.function not in ("", "<module>") else ""
    source = f": {code(failure.source)}" if failure.source else ""
    return f"{function} ({escape(failure.file)}, line {failure.line}{source})"


def _forbidden(failure: Failure, attempt: Attempt, check: CheckInfo, where: str) -> str:
    name = failure.text.partition(MARK)[2].strip() or "an operation"
    text = f"{code(name)} was called{where}. Not allowed in this exercise: {check.ban}."
    named = [m for m in attempt.mentions if m["line"] != failure.line]
    if named:
        places = ", ".join(
            f"line {m['line']} of {escape(m['file'])} ({code(m['name'])})" for m in named[:3]
        )
        text += f" See also {places}."
    return text


def violations(extra: dict[str, Any]) -> list[str]:
    """Where a rule on how the answer must be written was broken, as the child read it."""
    found = extra.get("violations", [])
    return [str(one)[:200] for one in found[:5]] if isinstance(found, list) else []


def mentions(extra: dict[str, Any]) -> list[dict[str, Any]]:
    """The scan's findings, as far as they have the expected form."""
    found = extra.get("found", [])
    return [
        {"file": str(m["file"])[:100], "line": int(m["line"]), "name": str(m["name"])[:100]}
        for m in (found if isinstance(found, list) else [])[:20]
        if isinstance(m, dict) and {"file", "line", "name"} <= m.keys() and type(m["line"]) is int
    ]
