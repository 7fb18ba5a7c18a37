"""What a function creates while it runs: how its work grows with the length of a sequence.

Times are not to be trusted on a busy machine. So tensors are counted: a probe runs on a short
sequence and on one four times as long, while every torch operation is seen on its way to the
kernel. Python loops, compiled einsum, backward passes: all of it arrives there.

What does not arrive there (numpy, Python numbers, counting that was switched off) shows in two
further runs, on sequences so long that quadratic work takes seconds and quadratic memory hundreds
of megabytes, while linear work takes neither.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from autograder.kit.observe import ContractBroken, Observed

try:
    import resource
except ImportError:  # Windows, where a self-check may run
    resource = None  # type: ignore[assignment]

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
FACTOR = 4  # how much longer the second sequence is


@dataclass(frozen=True)
class Growth:
    """How much a check lets a function create. `draw.length` says how long the sequence is to be.

    Choose every other size small: what a right answer creates must stay well below length^2.

    length      T, of the short sequence; the long one has 4 T elements
    numbers     how many times more numbers may be read and written for the long sequence: 4 is
                linear, 16 quadratic
    operations  how many times more operations there may be: 4 is a loop over the sequence, 1 is
                none; None leaves it open
    square      whether tensors of T * T numbers, or with two axes of T, are allowed
    beyond      a last T, about 100 times as long, for which processor time and memory are measured
                instead, beside those for a quarter of it; 0: they are not
    """

    length: int = 64
    numbers: float = 5.0
    operations: float | None = None
    square: bool = False
    beyond: int = 0


class Created(TorchDispatchMode):
    """Counts while it is entered. Views are free, and so is reading through them."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = 0
        self.numbers = 0  # read and written by all operations together
        self.shapes: set[tuple[int, ...]] = set()  # of all tensors that came into being

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Torch would import its compiler, a second's work, to keep it away from this class."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        made = [one for one in tree_leaves(result) if isinstance(one, Tensor)]
        self.shapes.update(tuple(one.shape) for one in made)
        self.operations += 1
        if not _is_view(func):
            taken = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
            self.numbers += sum(one.numel() for one in [*taken, *made])
        return result


def _is_view(func: Any) -> bool:
    """Whether an operation's result only looks at its argument in another way."""
    aliases = [one.alias_info for one in func._schema.returns]
    return any(alias is not None and not alias.is_write for alias in aliases)


def within(limits: Growth, run: Callable[[int], Observed]) -> tuple[Observed, str]:
    """Run a probe for both lengths: all it saw, and how the work grew, in words.

    Raises `ContractBroken`, with the figures, where a limit is broken.
    """
    seen: Observed = {}
    counts: list[Created] = []
    lengths = limits.length, FACTOR * limits.length
    for length in lengths:
        with Created() as created:
            found = run(length)
        seen |= {f"{name}, T = {length}": value for name, value in found.items()}
        large = None if limits.square else _square(created, length)
        if large:
            raise ContractBroken(
                f"For T = {length} a tensor of shape {large} was created. It has as many numbers "
                f"as T x T = {length * length:,}: the work grows with the square of T."
            )
        counts.append(created)
    short, long = counts
    numbers = long.numbers / max(1, short.numbers)
    operations = long.operations / max(1, short.operations)
    span = f"From T = {lengths[0]} to T = {lengths[1]}, {FACTOR} times as many,"
    if numbers > limits.numbers:
        raise ContractBroken(
            f"{span} the numbers read and written grew {numbers:.1f} times ({short.numbers:,} to "
            f"{long.numbers:,}); no more than {limits.numbers:g} times is allowed."
        )
    if limits.operations is not None and operations > limits.operations:
        raise ContractBroken(
            f"{span} the number of tensor operations grew {operations:.1f} times "
            f"({short.operations:,} to {long.operations:,}): the sequence is gone through step by "
            "step, in a loop."
        )
    if limits.beyond:
        found = _measured(limits.beyond, run)
        seen |= {f"{name}, T = {limits.beyond}": value for name, value in found.items()}
    return seen, f"{span} the work grew {numbers:.1f} times."


_SLACK = 0.25  # seconds that linear work may take, however slow the machine is
_MEMORY = 1e8  # bytes that linear work may take
_MOST_GROWTH = 7.0  # times the processor time of a quarter of the length: 4 is linear, 16 quadratic


def _measured(length: int, run: Callable[[int], Observed]) -> Observed:
    """Run a probe for a long sequence and for a quarter of it; time and memory must be linear."""
    for attempt in range(2):  # a single slow run says something about the machine
        started = process_time()
        run(length // 4)
        quarter = process_time() - started
        before, started = _peak(), process_time()
        found = run(length)
        taken, more = process_time() - started, _peak() - before
        if more > _MEMORY + length * length / 4:
            raise ContractBroken(
                f"For T = {length:,} the function took {more / 1e6:,.0f} MB of memory: about T x T "
                "numbers are kept at once."
            )
        if taken <= _SLACK + _MOST_GROWTH * quarter:
            break
        if attempt:
            raise ContractBroken(
                f"From T = {length // 4:,} to T = {length:,}, 4 times as many, the processor time "
                f"grew from {quarter:.2f} to {taken:.2f} seconds: the work grows with the square "
                "of T."
            )
    return found


def _peak() -> float:
    """The most memory this process has had so far, in bytes; 0 where that is not known."""
    if resource is None:
        return 0.0
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * _RSS_UNIT


def _square(created: Created, length: int) -> tuple[int, ...] | None:
    """The shape of a tensor that is as large as T x T, if there was one."""
    for shape in sorted(created.shapes, key=len, reverse=True):
        size = 1
        for axis in shape:
            size *= axis
        if size >= length * length or sum(axis >= length for axis in shape) > 1:
            return shape
    return None
