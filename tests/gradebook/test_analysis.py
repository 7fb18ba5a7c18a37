"""Figures of a class, against examples worked out by hand or by NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.gradebook.analysis import cronbach_alpha, histogram, item, summary


def test_point_biserial_is_the_correlation_with_the_rest_of_the_score() -> None:
    right = [1.0, 1.0, 0.0, 1.0, 0.0]
    totals = [9.0, 8.0, 3.0, 7.0, 5.0]
    rest = np.array(totals) - np.array(right)
    one = item(right, 1.0, totals)
    assert one.discrimination == pytest.approx(np.corrcoef(right, rest)[0, 1])
    assert (one.mean, one.full, one.zero) == (0.6, 3, 2)


def test_what_everybody_got_discriminates_nothing() -> None:
    assert item([1.0] * 5, 1.0, [1.0, 2.0, 3.0, 4.0, 5.0]).discrimination is None
    assert item([], 1.0, []).discrimination is None


def test_alpha_of_parallel_items_is_one_and_of_unrelated_ones_near_zero() -> None:
    same = [1.0, 4.0, 2.0, 5.0]
    assert cronbach_alpha([same, same, same]) == pytest.approx(1.0)
    noise = np.random.default_rng(0).normal(size=(5, 4000)).tolist()
    assert abs(cronbach_alpha(noise) or 0.0) < 0.1


def test_alpha_is_left_out_where_it_says_nothing() -> None:
    assert cronbach_alpha([[1.0, 2.0, 3.0]]) is None, "one item"
    assert cronbach_alpha([[1.0, 2.0], [1.0, 3.0]]) is None, "two students"
    assert cronbach_alpha([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]) is None, "no differences"


def test_a_class_of_nobody_has_no_summary() -> None:
    assert summary([]) is None
    two = summary([1.0, 3.0])
    assert two is not None and two.mean == 2.0


@given(st.lists(st.floats(0, 60), max_size=40), st.floats(0.5, 63))
def test_every_score_is_in_exactly_one_bar_of_a_few(scores: list[float], most: float) -> None:
    bars = histogram(scores, most)
    assert sum(bar.count for bar in bars) == len(scores)
    assert len(bars) <= 25 and bars[-1].high >= max([most, *scores]) - 1e-9


def test_full_points_are_in_the_last_bar() -> None:
    assert histogram([10.0], 10.0)[-1].count == 1
