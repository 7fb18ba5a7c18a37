"""Runs probes here and now, in the notebook's own process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence

from autograder.kit.check import Check
from autograder.kit.removal import Removal, prepare
from autograder.kit.rules import violations
from autograder.kit.run import observe_run
from autograder.kit.values import Observation
from autograder.kit.verdict import Attempt, CheckInfo
from autograder.selfcheck.limits import time_limit
from autograder.selfcheck.student import Student

# Seconds that one check may take; a slow machine may need more.
CPU_SECONDS = int(os.environ.get("SELFCHECK_SECONDS", "20"))


class LocalRunner:
    """Runs checks on what the student has written so far."""

    def __init__(self, checks: Mapping[str, Check], student: Student, seed: int) -> None:
        self._checks = checks
        self._student = student
        self._seed = seed

    def run(self, checks: Sequence[CheckInfo], mode: str = "") -> dict[str, Attempt]:
        """One attempt per check."""
        return {info.id: self._attempt(info, mode or info.modes[0]) for info in checks}

    def _attempt(self, info: CheckInfo, mode: str) -> Attempt:
        check = self._checks[info.id]
        rule = check.question.rule
        with _removed(check):
            with time_limit(CPU_SECONDS):
                module = self._student.load(info.target, info.ban_name)
            if isinstance(module, Observation):
                return Attempt(mode, module, loading=not self._student.is_notebook(info.file))
            with time_limit(CPU_SECONDS):
                seen = observe_run(check, mode, module, self._seed, self._student.labels())
        broken = violations(self._student.modules[module.__name__], rule) if rule else []
        return Attempt(mode, seen, violations=broken)


@contextlib.contextmanager
def _removed(check: Check) -> Iterator[None]:
    """Without the operations that the check forbids, for as long as it runs."""
    ban = check.question.ban
    with contextlib.redirect_stdout(None):
        if ban is None:
            yield
            return
        if ban.name not in _removals:
            _removals[ban.name] = prepare(ban)
        with _removals[ban.name].held():
            yield


_removals: dict[str, Removal] = {}
