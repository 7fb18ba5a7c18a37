"""What the results say about the questions: difficulty, discrimination, reliability."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

SMALL = 20  # below so many students, correlations say little; they are marked


@dataclass(frozen=True)
class Item:
    """How one question or check was answered by the class.

    mean            share of its points that were earned on average: 1 is easy, 0 is hard
    full, zero      how many students got all of it, and nothing
    discrimination  correlation with the rest of the score: point-biserial where the item is right
                    or wrong. None where it says nothing: nobody or everybody got it
    """

    mean: float
    full: int
    zero: int
    discrimination: float | None


@dataclass(frozen=True)
class Summary:
    """The scores of a class."""

    count: int
    mean: float
    median: float
    deviation: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Bin:
    """One bar of the histogram: scores from `low` up to, but not including, `high`."""

    low: float
    high: float
    count: int
    last: bool = False  # the last bar includes `high`


def summary(scores: Sequence[float]) -> Summary | None:
    """None for a class of nobody."""
    if not scores:
        return None
    return Summary(
        len(scores), statistics.fmean(scores), statistics.median(scores),
        statistics.pstdev(scores), min(scores), max(scores),
    )  # fmt: skip


def item(earned: Sequence[float], most: float, totals: Sequence[float]) -> Item:
    """One item: the points of each student, its maximum, and each student's whole score."""
    rest = [total - own for total, own in zip(totals, earned, strict=True)]
    return Item(
        mean=statistics.fmean(earned) / most if earned and most else 0.0,
        full=sum(1 for one in earned if one >= most - 1e-9),
        zero=sum(1 for one in earned if one <= 1e-9),
        discrimination=_correlation(earned, rest),
    )


def cronbach_alpha(items: Sequence[Sequence[float]]) -> float | None:
    """Reliability of the whole: how far the items measure the same thing.

    `items` holds, for each item, the points of each student.
    """
    if len(items) < 2 or len(items[0]) < 3:
        return None
    totals = [math.fsum(row) for row in zip(*items, strict=True)]
    spread = statistics.variance(totals)
    if spread < 1e-12:
        return None
    within = math.fsum(statistics.variance(one) for one in items)
    return len(items) / (len(items) - 1) * (1 - within / spread)


def histogram(scores: Sequence[float], most: float) -> list[Bin]:
    """Bars of a round width, at most 25, from zero to the highest possible score."""
    top = max([most, *scores], default=0.0)
    if top <= 0:
        return []
    width = next(w for w in _widths() if top / w <= 25)
    count = max(1, math.ceil(top / width - 1e-9))
    bars = [0] * count
    for score in scores:
        bars[min(count - 1, int(score / width + 1e-9))] += 1
    return [
        Bin(i * width, (i + 1) * width, number, last=i == count - 1)
        for i, number in enumerate(bars)
    ]


def _widths() -> list[float]:
    return [digit * 10**power for power in range(-2, 7) for digit in (1, 2, 5)]


def _correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    if len(x) < 3 or max(x) - min(x) < 1e-9 or max(y) - min(y) < 1e-9:
        return None
    return statistics.correlation(x, y)
