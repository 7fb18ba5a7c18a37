"""What a probe is asked and what it saw, as plain values that all rooms share.

Nothing heavy is imported here: the grader's own process does without torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Value:
    """One observed value: a tensor as an array, a plain scalar, or the name of another type.

    A "sample" stands for a tensor of which only some numbers are kept: see `compare.sample`.
    """

    kind: str  # "tensor", "scalar", "sample" or "other"
    data: Any = None  # np.ndarray, or the scalar
    dtype: str = ""  # of a tensor, in torch's words; of anything else, the name of its type
    shape: tuple[int, ...] = ()  # of the tensor that a sample was taken from


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
    note: str = ""  # what a student may like to know of a check that passed


OWN, STAND_IN = "own", "stand_in"


@dataclass(frozen=True)
class Run:
    """One probe to run: which check, and with whose helpers."""

    check: str
    mode: str = OWN
    variant: str = ""  # a misconception of the reference; only ever set for the oracle


# Words by which a child says why it has no value. They choose a message, never a point.
MARK = "This operation is not allowed in this exercise:"
MISSING = "Missing"  # Failure.kind: the class or function to be graded is not there
STOPPED = "Stopped"  # Failure.kind: a notebook cell that was stopped in an earlier child
ABSENT = "Absent"  # Failure.kind: a documented attribute is not there
TIME_LIMIT = "TimeLimit"  # Failure.kind: stopped by the self-check's time limit
CONTRACT = "ContractBroken"  # Failure.kind: what was returned does not have the documented form
RULE = "RuleBroken"  # Failure.kind: the answer was not computed in the way that is asked for
MENTIONS = "mentions"  # tag of the frame that says where the files name a forbidden operation
PIECE = "piece"  # tag of the frame that names the cell about to run
