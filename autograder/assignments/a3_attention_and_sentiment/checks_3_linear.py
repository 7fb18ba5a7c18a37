"""Task 3: attention whose work grows like the length of the sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from autograder.assignments.a3_attention_and_sentiment.stand_ins import other_features
from autograder.kit.checks import ATTENTION, Draw, Growth, Observed, observe, question

_FULL = "linear_attention_solution:linear_attention"
_CAUSAL = "linear_attention_solution:causal_linear_attention"
_LINEAR = Growth(length=64, numbers=5, beyond=24_576)

Attention = Callable[[Tensor, Tensor, Tensor], Tensor]


def _triple(draw: Draw, batch: int, length: int, width: int, out: int) -> dict[str, Tensor]:
    return {
        "queries": draw.normal(batch, length, width, requires_grad=True),
        "keys": draw.normal(batch, length, width, requires_grad=True),
        "values": draw.normal(batch, length, out, requires_grad=True),
    }


def _values(attend: Attention, draw: Draw) -> Observed:
    given = _triple(draw, *draw.sizes(4, 2, 7))
    narrow = _triple(draw.derived("one feature"), 2, 3, 1, 1).values()
    return observe(
        attend(*given.values()),
        one_token=attend(*(tensor[:, :1] for tensor in given.values())),
        one_sequence=attend(*(tensor[:1] for tensor in given.values())),
        one_feature=attend(*narrow),
        strided=attend(*(tensor.mT.contiguous().mT for tensor in given.values())),
        unchanged=given,
    )


def _gradients(attend: Attention, draw: Draw) -> Observed:
    given = _triple(draw, *draw.sizes(4, 2, 7))
    found = observe(attend(*given.values()), grad_of=given)
    found["output where gradients are asked for"] = found.pop("output")
    return found


def _growth(attend: Attention, draw: Draw) -> Observed:
    given = [t.detach() for t in _triple(draw, 2, draw.length, 3, 4).values()]
    return observe(attend(*given)[:, :: draw.length // 64])


linear = question("3.1", _FULL, ban=ATTENTION, stand_ins=other_features)


@linear.check(points=0.75)
def linear_values(student: Any, draw: Draw) -> Observed:
    """The weighted means of the values, with the weights of the formula."""
    return _values(student.linear_attention, draw)


@linear.check(points=0.5, cases=1)
def linear_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach queries, keys and values."""
    return _gradients(student.linear_attention, draw)


@linear.check(points=0.75, cases=1, growth=_LINEAR)
def linear_growth(student: Any, draw: Draw) -> Observed:
    """Four times as many tokens are four times the work, and no tensor is as large as T x T."""
    return _growth(student.linear_attention, draw)


causal = question("3.2", _CAUSAL, extra_credit=True, ban=ATTENTION, stand_ins=other_features)


@causal.check(points=0.5)
def causal_values(student: Any, draw: Draw) -> Observed:
    """Every token sees itself and those before it; gradients reach queries, keys and values."""
    attend = student.causal_linear_attention
    return _values(attend, draw) | _gradients(attend, draw.derived("gradients"))


@causal.check(points=0.5, cases=1, growth=_LINEAR)
def causal_growth(student: Any, draw: Draw) -> Observed:
    """Also without looking ahead, four times as many tokens are four times the work."""
    return _growth(student.causal_linear_attention, draw)
