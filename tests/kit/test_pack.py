"""Packing: what crosses from a child to the grader."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.kit.pack import pack


@pytest.mark.parametrize(
    ("thing", "plain"), [(np.int64(3), 3), (np.float32(0.5), 0.5), (np.bool_(True), True)]
)
def test_numbers_of_numpy_are_numbers(thing: object, plain: object) -> None:
    assert pack(thing) == pack(plain)


def test_a_class_that_calls_itself_a_number_is_not_asked_for_its_value() -> None:
    class Sly(np.float64):
        def item(self) -> float:  # type: ignore[override]
            raise AssertionError("code of the student was called")

    assert pack(Sly(1.0)).kind == "other"
