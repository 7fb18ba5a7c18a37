"""Compares two observations: x is the student's, y the reference's."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from autograder.kit.text import code, escape
from autograder.kit.values import Observation, Value

# By dtype, from the finest to the coarsest: (relative, absolute as a part of the largest expected
# value). What float32 arithmetic explains passes, in float64 too: an eps or a scale held in
# float32, a softmax computed in float32. A relative error of 1e-3 never does. docs/fairness.md
# has the measurements.
TOLERANCES = {"float64": (1e-5, 1e-6), "float32": (2e-4, 2e-5), "float16": (2e-2, 2e-3)}
_SHOWN = 3
_SAMPLED = 64  # numbers that are kept of a tensor in a sample


@dataclass(frozen=True)
class Difference:
    """The first thing that differs: which value, and how, in words (Markdown)."""

    name: str
    text: str
    key: str = ""  # the value's full name in the observation


def compare(x: Observation, y: Observation, nan_agrees: bool = False) -> Difference | None:
    """None when the observations agree. `nan_agrees` is for likening one mistake to another."""
    for name, expected in y.values.items():
        label = _label(name)
        if name not in x.values:
            return Difference(label, "nothing was returned for it", name)
        different = compare_values(x.values[name], expected, nan_agrees)
        if different:
            return Difference(label, different, name)
    return None


def _label(name: str) -> str:
    return name.partition("#")[0]


def compare_values(x: Value, y: Value, nan_agrees: bool = False) -> str:
    """In words how x differs from y; empty when it does not."""
    if y.kind == "sample" and x.kind == "tensor":
        x = _sample(x)
    if y.kind == "scalar" and x.kind == "tensor" and x.data.shape == ():
        x = Value("scalar", x.data.item(), type(x.data.item()).__name__)
    if x.kind != y.kind:
        return f"x is {_kind(x)}, y is {_kind(y)}"
    if y.kind == "sample":
        return _compare_samples(x, y, nan_agrees)
    if y.kind == "other":
        same = _as_tuple(x.dtype) == _as_tuple(y.dtype)
        return "" if same else f"x is {_kind(x)}, y is {_kind(y)}"
    if y.kind == "scalar":
        return _compare_scalars(x, y)
    if x.data.shape != y.data.shape:
        return f"x has shape {x.data.shape}, y has shape {y.data.shape}"
    if x.dtype != y.dtype and not _both_floating(x, y):
        dtype = escape(x.dtype, 60)
        return f"x has dtype {dtype}, y has dtype {y.dtype} (the shapes agree: {y.data.shape})"
    different = _compare_tensors(x.data, y.data, _coarser(x.dtype, y.dtype), nan_agrees)
    if different and x.dtype != y.dtype:
        different = f"x has dtype {escape(x.dtype, 60)}, y has dtype {y.dtype}; {different}"
    return different


def _both_floating(x: Value, y: Value) -> bool:
    return x.data.dtype.kind == y.data.dtype.kind == "f"


def _coarser(x: str, y: str) -> str:
    """Of two dtypes the one with less precision: a wrong dtype is not a wrong value.

    But only down to float32: the course asks for nothing in half precision.
    """
    order = list(TOLERANCES)
    if x not in order or y not in order:
        return y
    return max(y, min(x, "float32", key=order.index), key=order.index)


def _as_tuple(kind: str) -> str:
    """A list is as good as a tuple."""
    return kind.replace("list", "tuple", 1) if kind.startswith("list") else kind


def sample(observation: Observation) -> Observation:
    """The observation with a few numbers of each tensor: enough to recognise it again."""
    few = {
        name: _sample(value) if value.kind == "tensor" else value
        for name, value in observation.values.items()
    }
    return replace(observation, values=few)


def _sample(value: Value) -> Value:
    """Fixed positions of a tensor, then two sums that every element enters."""
    flat = np.asarray(value.data, dtype=np.float64).reshape(-1)
    chosen = np.random.default_rng([flat.size, *value.data.shape]).permutation(flat.size)[:_SAMPLED]
    weights = np.cos(np.arange(1.0, flat.size + 1))
    with np.errstate(all="ignore"):
        sums = [float(weights @ flat), float(np.abs(weights) @ np.abs(flat))]
    return Value("sample", np.array([*flat[chosen], *sums]), value.dtype, value.data.shape)


def _compare_samples(x: Value, y: Value, nan_agrees: bool) -> str:
    if x.shape != y.shape:
        return "x and y are of different shapes"
    dtype = _coarser(x.dtype, y.dtype)
    different = _compare_tensors(x.data[:-2], y.data[:-2], dtype, nan_agrees)
    (x_sum, _), (y_sum, size) = x.data[-2:], y.data[-2:]
    relative = TOLERANCES.get(dtype, (0.0, 0.0))[0]
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        same = abs(x_sum - y_sum) <= relative * size
    same |= nan_agrees and x_sum != x_sum and y_sum != y_sum
    return different or ("" if same or x_sum == y_sum else "the sums differ")


def _kind(value: Value) -> str:
    if value.kind == "tensor":
        return f"a tensor of shape {value.data.shape} and dtype {escape(value.dtype, 60)}"
    if value.dtype == "NoneType":
        return "None"
    if value.kind == "scalar":
        return f"the {escape(value.dtype, 60)} {_shown(value)}"
    return f"a {escape(value.dtype, 60)}"


def _shown(value: Value) -> str:
    """A scalar, as code where it is a text that the student chose."""
    return code(value.data, 60) if isinstance(value.data, str) else str(value.data)[:60]


def _compare_scalars(x: Value, y: Value) -> str:
    if isinstance(y.data, float) and type(x.data) in (int, float):
        same = math.isclose(x.data, y.data, rel_tol=TOLERANCES["float64"][0], abs_tol=1e-9)
    else:
        same = x.dtype == y.dtype and x.data == y.data
    return "" if same else f"x = {_shown(x)}, y = {_shown(y)}"


def _compare_tensors(x: np.ndarray, y: np.ndarray, dtype: str, nan_agrees: bool) -> str:
    if not y.size:
        return ""
    with np.errstate(all="ignore"):
        wrong = _wrong(x, y, dtype)
        if nan_agrees:
            wrong &= ~((x != x) & (y != y))
    if not wrong.any():
        return ""
    positions = np.argwhere(wrong)
    count, total = len(positions), y.size
    text = f"{count} of {total} elements differ (shape {y.shape}, dtype {dtype})"
    if not np.isfinite(x.astype(np.float64)).all():
        text += f"; x contains {_non_finite(x)}"
    elif not x.any():
        text += "; x is zero everywhere"
    lines = [
        f"at {_position(where)}: x = {_number(x[tuple(where)])}, y = {_number(y[tuple(where)])}"
        for where in positions[:_SHOWN]
    ]
    return text + "\n" + "\n".join(f"- {line}" for line in lines)


def _wrong(x: np.ndarray, y: np.ndarray, dtype: str) -> np.ndarray:
    if y.dtype.kind != "f":
        return np.asarray(x != y)
    relative, absolute = TOLERANCES.get(dtype, TOLERANCES["float16"])
    finite = np.isfinite(y)
    largest = float(np.abs(y[finite]).max()) if finite.any() else 0.0
    close = np.abs(x - y) <= relative * np.abs(y) + absolute * max(largest, 1e-3)
    return ~np.where(finite, np.isfinite(x) & close, x == y)


def _non_finite(x: np.ndarray) -> str:
    found = [("NaN", np.isnan(x)), ("infinity", np.isinf(x))]
    return " and ".join(f"{int(mask.sum())} times {name}" for name, mask in found if mask.any())


def _position(where: np.ndarray) -> str:
    return "[" + ", ".join(str(int(i)) for i in where) + "]"


def _number(value: np.generic) -> str:
    return f"{value:.6g}" if value.dtype.kind == "f" else str(value)
