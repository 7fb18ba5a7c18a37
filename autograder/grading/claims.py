"""Holds what the logs claim against what the checkpoint does. For the instructor's eyes."""

from __future__ import annotations

import math

from autograder.intake.logs import LoggedRun
from autograder.kit.accuracy import Measured

_ROOM = 0.01  # for another split and other rounding
_SIGMAS = 4


def remarks(runs: list[LoggedRun], measured: Measured | None) -> list[str]:
    """Sentences on contradictions: within the logs, and between them and the trained model."""
    found = [f"The logs in {run.folder}: {oddity}." for run in runs for oddity in run.oddities]
    if measured is not None:
        found += [measured.remark] if measured.remark else []
        found += _against(runs, measured)
    return found


def _against(runs: list[LoggedRun], measured: Measured) -> list[str]:
    claims = [run for run in runs if run.metric == "acc" and _claim(run) is not None]
    own = [run for run in claims if run.parameters in (None, measured.parameters)]
    if claims and not own and measured.parameters:
        counts = ", ".join(sorted({f"{run.parameters:,}" for run in claims}))
        return [
            f"The trained model has {measured.parameters:,} parameters; the logs are of models "
            f"with {counts}."
        ]
    if not own:
        return []
    best = max(own, key=lambda run: _claim(run) or 0.0)
    claim = _claim(best) or 0.0
    chance = math.sqrt(max(claim * (1 - claim), 1e-4) / measured.count)
    if claim - measured.accuracy <= _SIGMAS * chance + _ROOM:
        return []
    return [
        f"The logs in {best.folder} claim an accuracy of {claim:.2%}; the trained model submitted "
        f"reaches {measured.accuracy:.2%} on {measured.count:,} held-out images. Chance "
        f"explains a difference of {_SIGMAS * chance:.2%}, not this one."
    ]


def _claim(run: LoggedRun) -> float | None:
    """The accuracy that the run says its best weights have: on the test split if it was used."""
    return run.tested if run.tested is not None else run.best
