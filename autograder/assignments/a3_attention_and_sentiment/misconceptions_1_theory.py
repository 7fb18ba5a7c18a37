"""Known mistakes of tasks 1 and 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.kit.mistakes import misconception

_RNN = "theory_solution:rnn_output"
_NORMS, _OUTPUTS = "theory_solution:token_norms", "theory_solution:attention_outputs"


def _rnn(answer: Callable[[Tensor], Tensor]) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        reference.rnn_output = answer

    return patch


def _state(x: Tensor) -> Tensor:
    return x[:, 1::2].sum(1) - x[:, 0::2].sum(1)


@misconception(_RNN, hint="The signs are the wrong way round: the last element counts with a plus.")
def signs_exchanged(reference: Any) -> None:
    _rnn(lambda x: torch.sigmoid(-1000 * _state(x)))(reference)


@misconception(
    _RNN,
    hint="A sum over the elements at odd places is one element short: there are "
    "T / 2 of each kind.",
)
def one_element_short(reference: Any) -> None:
    _rnn(lambda x: torch.sigmoid(1000 * (x[:, 1::2].sum(1) - x[:, 2::2].sum(1))))(reference)


@misconception(_RNN, hint="Only half of the sequence is used: all T elements count.")
def half_of_the_sequence(reference: Any) -> None:
    def answer(x: Tensor) -> Tensor:
        n = x.shape[1] // 2
        last = x[:, n:].flip(1)
        signs = torch.tensor([(-1.0) ** i for i in range(n)], dtype=x.dtype)
        return torch.sigmoid(1000 * (last * signs).sum(1))

    _rnn(answer)(reference)


@misconception(_RNN, hint="All elements are added up; every second one counts with a minus.")
def plain_sum(reference: Any) -> None:
    _rnn(lambda x: torch.sigmoid(1000 * x.sum(1)))(reference)


@misconception(_RNN, hint="Only the last two elements are compared; all earlier ones count too.")
def last_pair_only(reference: Any) -> None:
    _rnn(lambda x: torch.sigmoid(1000 * (x[:, -1] - x[:, -2])))(reference)


@misconception(_RNN, hint="A tie gives 1 here. For a state of 0 the sigmoid is 0.5.")
def tie_is_one(reference: Any) -> None:
    _rnn(lambda x: (_state(x) >= 0).to(x.dtype))(reference)


@misconception(_RNN, hint="A tie gives 0 here. For a state of 0 the sigmoid is 0.5.")
def tie_is_zero(reference: Any) -> None:
    _rnn(lambda x: (_state(x) > 0).to(x.dtype))(reference)


@misconception(_RNN, hint="This is the last state; the output is the sigmoid of 1000 times it.")
def state_returned(reference: Any) -> None:
    _rnn(_state)(reference)


@misconception(_RNN, hint="The weight 1000 before the sigmoid is missing.")
def weight_missing(reference: Any) -> None:
    _rnn(lambda x: torch.sigmoid(_state(x)))(reference)


def _norms(answer: Callable[[float], tuple[float, float, float]]) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        reference.token_norms = answer

    return patch


@misconception(_NORMS, hint="These are squares of norms: take the root.")
def squared_norms(reference: Any) -> None:
    _norms(lambda beta: (2 * beta**2, beta**2, 2 * beta**2))(reference)


@misconception(_NORMS, hint="Norms of orthogonal vectors do not add up, their squares do.")
def norms_added_up(reference: Any) -> None:
    _norms(lambda beta: (2 * beta, beta, 2 * beta))(reference)


@misconception(_NORMS, hint="The tokens do not all have the norm of the base vectors.")
def all_beta(reference: Any) -> None:
    _norms(lambda beta: (beta, beta, beta))(reference)


def _outputs(*rows: list[float]) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        right = reference.attention_outputs()
        reference.attention_outputs = lambda: [
            list(r or s) for r, s in zip(rows, right, strict=True)
        ]

    return patch


@misconception(
    _OUTPUTS, hint="The third output is a whole token, not only what it shares with another one."
)
def third_is_b(reference: Any) -> None:
    _outputs([], [], [0, 1, 0, 0])(reference)


@misconception(
    _OUTPUTS,
    hint="What two tokens share is no reason to leave it out: an output is a mean of whole tokens.",
)
def shared_part_left_out(reference: Any) -> None:
    _outputs([0, 0, 0, 1], [], [0, 0, 1, 0])(reference)


@misconception(
    _OUTPUTS,
    hint="Tokens 1 and 3 are mixed half and half. Their scores differ by "
    "beta squared, and beta is very large.",
)
def first_and_third_mixed(reference: Any) -> None:
    mixed = [0, 1, 0.5, 0.5]
    _outputs(mixed, [], mixed)(reference)


@misconception(
    _OUTPUTS,
    hint="All three tokens are averaged; with a large beta the softmax is all but one-hot.",
)
def plain_mean(reference: Any) -> None:
    mean = [1 / 3, 2 / 3, 1 / 3, 1 / 3]
    _outputs(mean, mean, mean)(reference)


@misconception(_OUTPUTS, hint="Outputs 1 and 3 are exchanged: a token fits itself best.")
def first_and_third_exchanged(reference: Any) -> None:
    _outputs([0, 1, 1, 0], [], [0, 1, 0, 1])(reference)


@misconception(_OUTPUTS, hint="The columns stand for a, b, c, d in this order.")
def columns_in_another_order(reference: Any) -> None:
    _outputs([1, 0, 1, 0], [0, 0, 0, 1], [0, 1, 1, 0])(reference)
