"""Which known mistake is it? The one whose patched reference gives the student's own values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.kit.compare import compare
from autograder.grading.oracle import KnownMistake, Oracle
from autograder.kit.values import Observation, Run


@dataclass(frozen=True)
class Diagnosis:
    """A known mistake that explains a failed check."""

    name: str
    hint: str


def diagnose(
    failed: Mapping[Run, Observation], mistakes: Sequence[KnownMistake], oracle: Oracle
) -> dict[str, Diagnosis]:
    """Check id -> diagnosis, for the failed checks of one target.

    The mistake that explains most checks wins; each check it does not explain may still be
    explained by another.
    """
    if not failed or not mistakes:
        return {}
    variants = {
        (run, mistake.name): Run(run.check, run.mode, mistake.name)
        for run in failed
        for mistake in mistakes
    }
    answers = oracle.observe([*failed, *variants.values()])
    matches: dict[str, set[str]] = {}
    for (run, name), variant in variants.items():
        spoilt = answers[variant]
        if spoilt.failure or compare(spoilt, answers[run]) is None:
            continue  # this mistake does not show in this check
        if compare(failed[run], spoilt, nan_agrees=True) is None:
            matches.setdefault(name, set()).add(run.check)
    counts = Counter({name: len(checks) for name, checks in matches.items()})
    by_name = {mistake.name: mistake for mistake in mistakes}
    found: dict[str, Diagnosis] = {}
    for name, _ in counts.most_common():
        for check in matches[name]:
            found.setdefault(check, Diagnosis(name, by_name[name].hint))
    return found
