"""Tasks 1 and 2: what a recurrent network computes, and where self-attention looks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.kit.checks import ContractBroken, Draw, Growth, Observed, observe, question

_RNN = "theory_solution:rnn_output"
_NORMS, _OUTPUTS = "theory_solution:token_norms", "theory_solution:attention_outputs"
_CLOSED_FORM = Growth(length=16, operations=1.5)


def _with_ties(draw: Draw, rows: int, length: int) -> Tensor:
    """Random integers, (2 * rows, T). In the second half of the rows h_T is 0: a tie."""
    free = draw.integers(-5, 5, rows, length).to(draw.dtype)
    tied = free[torch.randperm(rows, generator=torch.Generator().manual_seed(draw.case))]
    left_over = tied[:, 1::2].sum(dim=1) - tied[:, 0::2].sum(dim=1)
    tied[:, 0] += left_over
    return torch.cat([free, tied])


rnn = question("1", _RNN)


@rnn.check(points=0.5, cases=4)
def rnn_values(student: Any, draw: Draw) -> Observed:
    """The network's answer for random integer sequences of even length, ties among them."""
    shortest = draw.integers(-1, 1, 9, 2).to(draw.dtype)
    sequence = _with_ties(draw, 8, 2 * draw.integer(2, 9))
    return observe(
        student.rnn_output(sequence),
        length_2=student.rnn_output(shortest),
        one_sequence=student.rnn_output(sequence[:1]),
        strided=student.rnn_output(sequence.mT.contiguous().mT),
        unchanged={"sequence": sequence},
    )


@rnn.check(points=0.5, cases=1, growth=_CLOSED_FORM)
def rnn_closed_form(student: Any, draw: Draw) -> Observed:
    """The same answer, with as many tensor operations for a long sequence as for a short one."""
    return observe(student.rnn_output(draw.integers(-2, 2, 3, draw.length).to(draw.dtype)))


def _numbers(found: Any, *shape: int) -> Tensor:
    """What was returned, as a float64 tensor of that shape."""
    try:
        numbers = torch.as_tensor(found).detach().to(torch.float64)
    except (TypeError, ValueError, RuntimeError):
        kind = type(found).__name__
        raise ContractBroken(f"y has the shape {shape}; x is a {kind}, not numbers") from None
    if tuple(numbers.shape) != shape:
        raise ContractBroken(f"y has the shape {shape}; x has {tuple(numbers.shape)}")
    return numbers


norms = question("2a", _NORMS)


@norms.check(points=0.5, cases=1)
def norms_values(student: Any, draw: Draw) -> Observed:
    """The three norms, for small and for large beta."""
    betas = [draw.uniform(0.1, 1), draw.uniform(2, 9), draw.uniform(100, 1000)]
    seen: Observed = {f"beta = {b:.2f}": _numbers(student.token_norms(b), 3) for b in betas}
    return observe(**seen, whole_number=_numbers(student.token_norms(3), 3))


def _outputs(student: Any, draw: Draw) -> Tensor:
    """The three outputs as vectors, (3, 6), for random orthogonal a, b, c, d of a large norm."""
    coefficients = _numbers(student.attention_outputs(), 3, 4)
    directions, _ = torch.linalg.qr(draw.derived("basis").normal(6, 6).double())
    return coefficients @ (draw.uniform(50, 100) * directions[:4])


outputs = question("2b", _OUTPUTS)


@outputs.check(points=0.5, cases=1)
def outputs_y1(student: Any, draw: Draw) -> Observed:
    """Output 1, for random orthogonal vectors of a large norm."""
    return observe(y_1=_outputs(student, draw)[0])


@outputs.check(points=0.5, cases=1)
def outputs_y2(student: Any, draw: Draw) -> Observed:
    """Output 2, for random orthogonal vectors of a large norm."""
    return observe(y_2=_outputs(student, draw)[1])


@outputs.check(points=1, cases=1)
def outputs_y3(student: Any, draw: Draw) -> Observed:
    """Output 3, for random orthogonal vectors of a large norm."""
    return observe(y_3=_outputs(student, draw)[2])
