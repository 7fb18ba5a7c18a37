"""The one procedure of grading: run, compare, retry, diagnose, decide.

The grader and the self-check both follow it. What differs is passed in: a `Runner` runs probes (in
confined processes, or in the notebook's own), and `Answers` knows what is right (by asking the
reference, or from a file).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from autograder.kit import words
from autograder.kit.compare import compare
from autograder.kit.diagnose import Answers, diagnose
from autograder.kit.mistakes import Mistake
from autograder.kit.text import prose
from autograder.kit.values import Run
from autograder.kit.verdict import Attempt, CheckInfo, Status, Verdict


class Runner(Protocol):
    """Runs probes on one submission."""

    def run(self, checks: Sequence[CheckInfo], mode: str = "") -> dict[str, Attempt]:
        """One attempt per check, in the given mode or in each check's first."""
        ...


def grade_checks(
    checks: Sequence[CheckInfo], runner: Runner, answers: Answers, cpu_seconds: int
) -> list[Verdict]:
    """Verdicts on checks of one file that run under the same conditions."""
    attempts = runner.run(checks)
    if all(attempt.loading for attempt in attempts.values()):  # it may have been bad luck
        again = runner.run(checks[:1])[checks[0].id]
        if again.loading:
            return [decide(check, [again], [], cpu_seconds) for check in checks]
        attempts = runner.run(checks)
    tries = {check.id: _try(check, attempts[check.id], runner, answers) for check in checks}
    found = diagnose(checks, tries, answers)
    return [decide(check, tries[check.id], found[check.id], cpu_seconds) for check in checks]


def _try(check: CheckInfo, first: Attempt, runner: Runner, answers: Answers) -> list[Attempt]:
    """A check that did not pass is run again, alone, in each of its modes until it passes.

    The attempt that counts comes last.
    """
    if _compared(check, first, answers).passed:
        return [first]
    tries: list[Attempt] = []
    for mode in check.modes:
        tries.append(_compared(check, runner.run([check], mode)[check.id], answers))
        if tries[-1].passed:
            break
    return tries


def _compared(check: CheckInfo, attempt: Attempt, answers: Answers) -> Attempt:
    if attempt.has_values:
        assert attempt.observation is not None
        run = Run(check.id, attempt.mode)
        attempt.difference = compare(attempt.observation, answers.right([run])[run])
    return attempt


def decide(
    check: CheckInfo, tries: Sequence[Attempt], mistakes: Sequence[Mistake], cpu_seconds: int
) -> Verdict:
    """The verdict on a check's attempts: a pure function."""
    last = tries[-1]
    if last.passed:
        note = words.WITH_STAND_INS if last.mode != check.modes[0] else prose(last.note)
        return verdict(check, "passed", note, last)
    telling = next((one for one in tries if one.has_values), tries[0])
    status, message = words.explain(telling, check, cpu_seconds)
    return verdict(check, status, message, telling, mistakes)


def verdict(
    check: CheckInfo,
    status: Status,
    message: str,
    attempt: Attempt | None = None,
    mistakes: Sequence[Mistake] = (),
) -> Verdict:
    """A verdict with all of the points or none."""
    seconds = attempt.observation.seconds if attempt and attempt.observation else 0.0
    return Verdict(
        check,
        status,
        check.points if status == "passed" else 0.0,
        message,
        " ".join(mistake.hint for mistake in mistakes),
        mistakes[0].name if mistakes else "",
        round(min(seconds, 1e6), 4),
        attempt,
    )


def groups(checks: Iterable[CheckInfo]) -> list[list[CheckInfo]]:
    """Checks that can run in one process: of one file, under one ban and one rule."""
    found: dict[tuple[object, ...], list[CheckInfo]] = {}
    for check in checks:
        key = check.file, check.ban_name, check.rule, bool(check.accuracy)
        found.setdefault(key, []).append(check)
    return list(found.values())
