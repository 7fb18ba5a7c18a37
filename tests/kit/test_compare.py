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


def test_what_float32_arithmetic_explains_agrees_in_float64() -> None:
    numbers = np.random.default_rng(0).normal(size=100) / np.float32(7) ** 0.5
    assert compare_values(tensor(numbers.astype("float32")), tensor(numbers)) == ""
    assert compare_values(tensor([1.0 + 2**-23]), tensor([1.0])) == ""


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_relative_error_of_a_thousandth_never_agrees(dtype: str) -> None:
    assert compare_values(tensor([1.001, 2.0], dtype), tensor([1.0, 2.0], dtype))


def test_a_wrong_fifth_digit_in_float64_is_a_difference() -> None:
    assert compare_values(tensor([1.0001]), tensor([1.0]))


def test_the_dtype_alone_is_no_difference_of_values_among_floating_dtypes() -> None:
    assert compare_values(tensor([1.0], "float32"), tensor([1.0])) == ""
    assert compare_values(tensor([1.001], "float32"), tensor([1.0]))
    assert compare_values(tensor([1.002], "float16"), tensor([1.0]))


def test_a_list_is_as_good_as_a_tuple_but_not_of_other_things() -> None:
    y = Value("other", None, "tuple of Tensor, Tensor")
    assert compare_values(Value("other", None, "list of Tensor, Tensor"), y) == ""
    assert compare_values(Value("other", None, "list of Tensor, int"), y)


def test_a_tensor_of_one_number_is_as_good_as_the_number() -> None:
    assert compare_values(tensor(0.5), Value("scalar", 0.5, "float")) == ""
    assert compare_values(tensor(3, "int64"), Value("scalar", 3, "int")) == ""
    assert compare_values(tensor(0.51), Value("scalar", 0.5, "float"))
    assert compare_values(tensor([0.5]), Value("scalar", 0.5, "float"))


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
        (tensor([1], "int64"), tensor([1.0]), "x has dtype int64, y has dtype float64"),
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
    content = compare_values(tensor(np.ones((10, 10))), tensor(np.zeros((10, 10))))
    assert content.count("x = ") == 3
    assert "100 of 100 elements differ" in content


def test_nan_is_never_right_and_infinity_only_where_it_is_expected() -> None:
    assert compare_values(tensor([np.nan]), tensor([1.0]))
    assert compare_values(tensor([np.nan]), tensor([np.nan]))
    assert compare_values(tensor([np.inf]), tensor([1.0]))
    assert compare_values(tensor([-np.inf]), tensor([-np.inf])) == ""


def test_a_value_that_was_not_sent_is_a_difference() -> None:
    expected = Observation({"output#0": tensor([1.0])})
    content = compare(Observation({}), expected)
    assert content is not None and content.name == "output"


def test_further_values_that_nobody_asked_for_change_nothing() -> None:
    expected = Observation({"output#0": tensor([1.0])})
    more = Observation({"output#0": tensor([1.0]), "verdict#0": tensor([1.0])})
    assert compare(more, expected) is None
