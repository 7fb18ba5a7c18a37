"""What a probe saw, as plain values: what travels from a child to the grader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Value:
    """One observed value: a tensor as an array, a plain scalar, or the name of another type."""

    kind: str  # "tensor", "scalar" or "other"
    data: Any = None  # np.ndarray, or the scalar
    dtype: str = ""  # of a tensor, in torch's words; of anything else, the name of its type


@dataclass(frozen=True)
class Failure:
    """An exception in the student's code, in the student's own line numbers."""

    kind: str
    text: str
    file: str = ""
    line: int = 0
    function: str = ""
    source: str = ""


@dataclass(frozen=True)
class Observation:
    """What one probe saw: named values, or the exception that came instead."""

    values: dict[str, Value] = field(default_factory=dict)
    failure: Failure | None = None
    seconds: float = 0.0
