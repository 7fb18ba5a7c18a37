"""Comparing: what agrees, what differs, and in which words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.kit.compare import compare, compare_values
from autograder.kit.values import Observation, Value


def tensor(data: Any, dtype: str = "float64") -> Value:
    return Value("tensor", np.asarray(data, dtype=dtype), dtype)


def test_equal_values_agree() -> None:
    assert compare_values(tensor([1.0, 2.0]), tensor([1.0, 2.0])) == ""


def test_another_order_of_the_same_sum_agrees() -> None:
    numbers = np.random.default_rng(0).normal(size=1000)
    assert compare_values(tensor([numbers.sum()]), tensor([numbers[::-1].sum()])) == ""


def test_a_wrong_seventh_digit_in_float64_is_a_difference() -> None:
    assert compare_values(tensor([1.000001]), tensor([1.0]))


@given(st.floats(1e-3, 1e3), st.floats(1e-4, 0.5))
def test_a_relative_error_that_a_mistake_makes_is_seen_at_any_scale(
    scale: float, error: float
) -> None:
    y = np.linspace(1, 2, 7) * scale
    assert compare_values(tensor(y * (1 + error)), tensor(y))


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (tensor([[1.0, 2.0]]), tensor([1.0, 2.0]), "x has shape (1, 2), y has shape (2,)"),
        (tensor([1.0], "float32"), tensor([1.0]), "x has dtype float32, y has dtype float64"),
        (Value("other", None, "NoneType"), tensor([1.0]), "x is None, y is a tensor of shape (1,)"),
        (Value("scalar", 2.5, "float"), tensor(2.5), "x is the float 2.5, y is a tensor"),
        (Value("other", None, "tuple of Tensor, Tensor"), tensor(2.5), "x is a tuple of Tensor"),
        (tensor([np.nan, 1.0]), tensor([0.0, 1.0]), "x contains 1 times NaN"),
        (tensor([0.0, 0.0]), tensor([3.0, 1.0]), "x is zero everywhere"),
        (tensor([1, 5], "int64"), tensor([1, 2], "int64"), "at [1]: x = 5, y = 2"),
        (Value("scalar", True, "bool"), Value("scalar", False, "bool"), "x = True, y = False"),
    ],
)
def test_a_difference_is_told_with_x_as_the_students_value(x: Value, y: Value, words: str) -> None:
    assert words in compare_values(x, y)


def test_only_the_first_differing_positions_are_shown() -> None:
    told = compare_values(tensor(np.ones((10, 10))), tensor(np.zeros((10, 10))))
    assert told.count("x = ") == 3
    assert "100 of 100 elements differ" in told


def test_nan_is_never_right_and_infinity_only_where_it_is_expected() -> None:
    assert compare_values(tensor([np.nan]), tensor([1.0]))
    assert compare_values(tensor([np.nan]), tensor([np.nan]))
    assert compare_values(tensor([np.inf]), tensor([1.0]))
    assert compare_values(tensor([-np.inf]), tensor([-np.inf])) == ""


def test_a_value_that_was_not_sent_is_a_difference() -> None:
    expected = Observation({"output#0": tensor([1.0])})
    told = compare(Observation({}), expected)
    assert told is not None and told.name == "output"


def test_further_values_that_nobody_asked_for_change_nothing() -> None:
    expected = Observation({"output#0": tensor([1.0])})
    more = Observation({"output#0": tensor([1.0]), "verdict#0": tensor([1.0])})
    assert compare(more, expected) is None
