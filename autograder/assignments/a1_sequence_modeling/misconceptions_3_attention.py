"""Known mistakes of tasks 3.1a and 3.1b: permutation equivariance and self-attention."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn

from autograder.kit.mistakes import misconception

_EQUIVARIANT = "main:is_permutation_equivariant"
_BOTH = "main:transformer_and_gru"
_ATTENTION = "main:self_attention"


# --- 3.1a permutation equivariance --------------------------------------------------------------


def _prepared(layer: nn.Module, x: Tensor) -> tuple[nn.Module, Tensor]:
    return copy.deepcopy(layer).double().eval(), x.detach().double()


@misconception(
    _EQUIVARIANT,
    hint="It says no to nn.Identity(). The shuffled output is shuffled once more, where it should "
    "be put back in order, or where the plain output should be shuffled.",
)
def shuffled_twice(reference: Any) -> None:
    def is_permutation_equivariant(layer: nn.Module, x: Tensor, shuffle: Tensor) -> bool:
        layer, x = _prepared(layer, x)
        return torch.allclose(layer(x), layer(x[:, shuffle])[:, shuffle])

    reference.is_permutation_equivariant = is_permutation_equivariant


@misconception(
    _EQUIVARIANT,
    hint="It asks whether the output stays the same when the input is shuffled. That is "
    "invariance; equivariance means that the output is shuffled likewise.",
)
def invariance(reference: Any) -> None:
    def is_permutation_equivariant(layer: nn.Module, x: Tensor, shuffle: Tensor) -> bool:
        layer, x = _prepared(layer, x)
        return torch.allclose(layer(x), layer(x[:, shuffle]))

    reference.is_permutation_equivariant = is_permutation_equivariant


@misconception(
    _EQUIVARIANT,
    hint="The features are shuffled, not the steps: the steps are axis 1.",
)
def features_shuffled(reference: Any) -> None:
    def is_permutation_equivariant(layer: nn.Module, x: Tensor, shuffle: Tensor) -> bool:
        layer, x = _prepared(layer, x)
        return torch.allclose(layer(x).flip(2), layer(x.flip(2)))

    reference.is_permutation_equivariant = is_permutation_equivariant


@misconception(_EQUIVARIANT, hint="It says yes to every layer.")
def always_yes(reference: Any) -> None:
    reference.is_permutation_equivariant = lambda layer, x, shuffle: True


@misconception(_EQUIVARIANT, hint="It says no to every layer, nn.Identity() among them.")
def always_no(reference: Any) -> None:
    reference.is_permutation_equivariant = lambda layer, x, shuffle: False


@misconception(
    _EQUIVARIANT,
    hint="Only the sums over all steps are compared, and those agree far more often.",
)
def sums_compared(reference: Any) -> None:
    def is_permutation_equivariant(layer: nn.Module, x: Tensor, shuffle: Tensor) -> bool:
        layer, x = _prepared(layer, x)
        return torch.allclose(layer(x).sum(1), layer(x[:, shuffle]).sum(1))

    reference.is_permutation_equivariant = is_permutation_equivariant


@misconception(
    _EQUIVARIANT,
    hint="The layer itself was changed, its dtype or its mode. Work on a copy (copy.deepcopy), or "
    "put everything back.",
)
def layer_changed(reference: Any) -> None:
    def is_permutation_equivariant(layer: nn.Module, x: Tensor, shuffle: Tensor) -> bool:
        layer.double().eval()
        x = x.double()
        return torch.allclose(layer(x)[:, shuffle], layer(x[:, shuffle]))

    reference.is_permutation_equivariant = is_permutation_equivariant


@misconception(
    _EQUIVARIANT, hint="The layer's mode has changed afterwards: put it back as it came."
)
def mode_changed(reference: Any) -> None:
    right = reference.is_permutation_equivariant

    def is_permutation_equivariant(layer: nn.Module, x: Tensor, shuffle: Tensor) -> bool:
        answer = right(layer, x, shuffle)
        layer.eval()
        return bool(answer)

    reference.is_permutation_equivariant = is_permutation_equivariant


@misconception(
    _BOTH,
    hint="The answers do not depend on the shuffle that is given: where it moves nothing, both "
    "are True.",
)
def answers_written_down(reference: Any) -> None:
    reference.transformer_and_gru = lambda x, shuffle: (True, False)


@misconception(_BOTH, hint="The GRU's answer comes first; the transformer's is asked for first.")
def gru_first(reference: Any) -> None:
    right = reference.transformer_and_gru

    def transformer_and_gru(x: Tensor, shuffle: Tensor) -> tuple[bool, bool]:
        transformer, gru = right(x, shuffle)
        return gru, transformer

    reference.transformer_and_gru = transformer_and_gru


@misconception(_BOTH, hint="Both answers are about the same kind of layer.")
def transformer_twice(reference: Any) -> None:
    right = reference.transformer_and_gru

    def transformer_and_gru(x: Tensor, shuffle: Tensor) -> tuple[bool, bool]:
        transformer, _ = right(x, shuffle)
        return transformer, transformer

    reference.transformer_and_gru = transformer_and_gru


# --- 3.1b self-attention ------------------------------------------------------------------------


def _attend(weights: Tensor, v: Tensor) -> Tensor:
    return weights @ v


@misconception(
    _ATTENTION,
    hint="The softmax runs over the queries. It runs over the keys, the last axis of the scores, "
    "so that the weights of each query add up to 1.",
)
def softmax_over_queries(reference: Any) -> None:
    def self_attention(x: Tensor, query: Any, key: Any, value: Any) -> Tensor:
        q, k = query(x), key(x)
        scores = q @ k.transpose(1, 2) / math.sqrt(k.shape[-1])
        return _attend(scores.softmax(1), value(x))

    reference.self_attention = self_attention


def _scaled_by(reference: Any, divisor: Any) -> None:
    def self_attention(x: Tensor, query: Any, key: Any, value: Any) -> Tensor:
        q, k, v = query(x), key(x), value(x)
        scores = q @ k.transpose(1, 2) / divisor(x, k, v)
        return _attend(scores.softmax(-1), v)

    reference.self_attention = self_attention


@misconception(_ATTENTION, hint="The scores are not divided by the square root of d_k.")
def not_scaled(reference: Any) -> None:
    _scaled_by(reference, lambda x, k, v: 1.0)


@misconception(
    _ATTENTION,
    hint="The scores are divided by the square root of the number of tokens. d_k is the number of "
    "features of a key.",
)
def scaled_by_tokens(reference: Any) -> None:
    _scaled_by(reference, lambda x, k, v: math.sqrt(x.shape[1]))


@misconception(
    _ATTENTION,
    hint="The scores are divided by the square root of the features of x. d_k is the number of "
    "features of a key, which may be another.",
)
def scaled_by_width(reference: Any) -> None:
    _scaled_by(reference, lambda x, k, v: math.sqrt(x.shape[2]))


@misconception(
    _ATTENTION,
    hint="The scores are divided by the square root of the features of a value; take those of a "
    "key.",
)
def scaled_by_values(reference: Any) -> None:
    _scaled_by(reference, lambda x, k, v: math.sqrt(v.shape[2]))


@misconception(_ATTENTION, hint="The scores are divided by d_k itself: its square root is missing.")
def scaled_without_root(reference: Any) -> None:
    _scaled_by(reference, lambda x, k, v: float(k.shape[2]))


@misconception(_ATTENTION, hint="The scaling comes after the softmax; it belongs before it.")
def scaled_after_softmax(reference: Any) -> None:
    def self_attention(x: Tensor, query: Any, key: Any, value: Any) -> Tensor:
        q, k = query(x), key(x)
        weights = (q @ k.transpose(1, 2)).softmax(-1) / math.sqrt(k.shape[-1])
        return _attend(weights, value(x))

    reference.self_attention = self_attention


@misconception(
    _ATTENTION,
    hint="Large scores overflow: exp of 1000 is infinite. torch.softmax subtracts the maximum "
    "first.",
)
def softmax_overflows(reference: Any) -> None:
    def self_attention(x: Tensor, query: Any, key: Any, value: Any) -> Tensor:
        q, k = query(x), key(x)
        scores = (q @ k.transpose(1, 2) / math.sqrt(k.shape[-1])).exp()
        return _attend(scores / scores.sum(-1, keepdim=True), value(x))

    reference.self_attention = self_attention


@misconception(_ATTENTION, hint="The softmax is missing: the scores themselves weigh the values.")
def no_softmax(reference: Any) -> None:
    def self_attention(x: Tensor, query: Any, key: Any, value: Any) -> Tensor:
        q, k = query(x), key(x)
        return _attend(q @ k.transpose(1, 2) / math.sqrt(k.shape[-1]), value(x))

    reference.self_attention = self_attention


@misconception(_ATTENTION, hint="Later tokens are hidden from earlier ones. No mask is asked for.")
def causal(reference: Any) -> None:
    def self_attention(x: Tensor, query: Any, key: Any, value: Any) -> Tensor:
        q, k = query(x), key(x)
        scores = q @ k.transpose(1, 2) / math.sqrt(k.shape[-1])
        hidden = torch.ones_like(scores, dtype=torch.bool).triu(1)
        return _attend(scores.masked_fill(hidden, -math.inf).softmax(-1), value(x))

    reference.self_attention = self_attention


@misconception(_ATTENTION, hint="Queries and keys are exchanged.")
def queries_and_keys_exchanged(reference: Any) -> None:
    right = reference.self_attention
    reference.self_attention = lambda x, query, key, value: right(x, key, query, value)
