"""Which known mistake is it? The one with which the reference gives the student's own values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from autograder.kit.compare import compare
from autograder.kit.mistakes import Mistake
from autograder.kit.values import Observation, Run
from autograder.kit.verdict import Attempt, CheckInfo


class Answers(Protocol):
    """What the reference gives, and what it gives with a known mistake in it."""

    @property
    def mistakes(self) -> Sequence[Mistake]:
        """All known mistakes of the assignment."""
        ...

    def right(self, runs: Iterable[Run]) -> Mapping[Run, Observation]:
        """The reference's observations."""
        ...

    def mistaken(self, runs: Iterable[Run]) -> Mapping[Run, Observation]:
        """Samples of the observations with a mistake in the reference; only where they show."""
        ...


def diagnose(
    checks: Sequence[CheckInfo], tries: Mapping[str, Sequence[Attempt]], answers: Answers
) -> dict[str, list[Mistake]]:
    """Check id -> the mistakes that explain it, at most one, for all failed checks.

    Of the mistakes of one target, the one that explains most checks wins; a check it does not
    explain may still be explained by another.
    """
    found: dict[str, list[Mistake]] = {check.id: [] for check in checks}
    for target in {check.target for check in checks}:
        failed = {
            Run(check.id, attempt.mode): attempt.observation
            for check in checks
            if check.target == target and not tries[check.id][-1].passed
            for attempt in tries[check.id]
            if attempt.observation is not None and attempt.observation.failure is None
        }
        mistakes = [mistake for mistake in answers.mistakes if mistake.target == target]
        for check_id, mistake in _explained(failed, mistakes, answers).items():
            found[check_id] = [mistake]
    return found


def _explained(
    failed: Mapping[Run, Observation], mistakes: Sequence[Mistake], answers: Answers
) -> dict[str, Mistake]:
    variants = {
        Run(run.check, run.mode, mistake.name): (run, mistake)
        for run in failed
        for mistake in mistakes
    }
    matches: dict[str, set[str]] = {}
    for variant, sample in answers.mistaken(variants).items() if variants else ():
        run, mistake = variants[variant]
        if not sample.failure and compare(failed[run], sample, nan_agrees=True) is None:
            matches.setdefault(mistake.name, set()).add(run.check)
    by_name = {mistake.name: mistake for mistake in mistakes}
    counts = Counter({name: len(checks) for name, checks in matches.items()})
    found: dict[str, Mistake] = {}
    for name, _ in counts.most_common():
        for check in matches[name]:
            found.setdefault(check, by_name[name])
    return found
