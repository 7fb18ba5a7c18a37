"""Known mistakes of task 3. Quadratic work is no mistake of values: the limits tell it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.kit.mistakes import misconception

_FULL = "linear_attention_solution:linear_attention"
_CAUSAL = "linear_attention_solution:causal_linear_attention"


def _full(
    reference: Any,
    phi_q: Callable[[Tensor], Tensor] | None = None,
    phi_k: Callable[[Tensor], Tensor] | None = None,
    total: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> None:
    def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        q = (phi_q or reference.features)(queries)
        k = (phi_k or reference.features)(keys)
        divide = total(q, k) if total else (q * k.sum(1, keepdim=True)).sum(2, keepdim=True)
        return q @ (k.mT @ values) / divide

    reference.linear_attention = attend


@misconception(_FULL, hint="The feature map is missing, so weights can be negative.")
def no_features(reference: Any) -> None:
    _full(reference, lambda x: x, lambda x: x)


@misconception(_FULL, hint="The keys do not go through the feature map.")
def keys_without_features(reference: Any) -> None:
    _full(reference, phi_k=lambda x: x)


@misconception(_FULL, hint="The queries do not go through the feature map.")
def queries_without_features(reference: Any) -> None:
    _full(reference, phi_q=lambda x: x)


@misconception(_FULL, hint="The division by the sum of the weights is missing.")
def not_normalised(reference: Any) -> None:
    _full(reference, total=lambda q, k: torch.ones_like(q[..., :1]))


@misconception(_FULL, hint="Divided by T; the sum of the weights is another for each query.")
def divided_by_length(reference: Any) -> None:
    _full(reference, total=lambda q, k: torch.full_like(q[..., :1], q.shape[1]))


@misconception(
    _FULL,
    hint="Divided by the sum of the keys' features alone; the query's features "
    "belong to the weight.",
)
def divided_without_the_query(reference: Any) -> None:
    _full(reference, total=lambda q, k: k.sum(dim=(1, 2)).view(-1, 1, 1))


@misconception(_FULL, hint="Softmax took the place of the feature map; use `features`.")
def softmax_as_features(reference: Any) -> None:
    _full(reference, lambda x: x.softmax(dim=2), lambda x: x.softmax(dim=1))


@misconception(_FULL, hint="This is softmax attention. Here the weights are products of features.")
def softmax_attention(reference: Any) -> None:
    right = reference.linear_attention

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        if q.shape[1] > 32:  # the limits tell the rest
            return right(q, k, v)
        return (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1) @ v

    reference.linear_attention = attend


@misconception(_FULL, hint="Queries and keys are exchanged.")
def queries_and_keys_exchanged(reference: Any) -> None:
    right = reference.linear_attention
    reference.linear_attention = lambda q, k, v: right(k, q, v)


def _causal(
    reference: Any, add_up: Callable[[Tensor], Tensor], total: Callable[[Tensor], Tensor] | None
) -> None:
    """`add_up` takes the place of the cumulative sum over tokens."""

    def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        q, k = reference.features(queries), reference.features(keys)
        summary = add_up(k.unsqueeze(3) * values.unsqueeze(2))  # (B, T, D, E)
        weights = (q * (total or add_up)(k)).sum(2, keepdim=True)
        return torch.einsum("btd,btde->bte", q, summary) / weights.clamp(min=1e-12)

    reference.causal_linear_attention = attend


def _all(x: Tensor) -> Tensor:
    return x.sum(1, keepdim=True).expand_as(x)


@misconception(_CAUSAL, hint="Every token sees all of them; here it sees itself and those before.")
def looks_ahead(reference: Any) -> None:
    _causal(reference, _all, None)


@misconception(_CAUSAL, hint="A token does not see itself here.")
def without_itself(reference: Any) -> None:
    _causal(reference, lambda x: x.cumsum(1) - x, None)


@misconception(_CAUSAL, hint="The sums run from the end: tokens see those behind them.")
def backwards(reference: Any) -> None:
    _causal(reference, lambda x: x.flip(1).cumsum(1).flip(1), None)


@misconception(
    _CAUSAL,
    hint="The values are summed up to each token, but the weights they are "
    "divided by over the whole sequence.",
)
def divided_by_all_weights(reference: Any) -> None:
    _causal(reference, lambda x: x.cumsum(1), _all)


@misconception(_CAUSAL, hint="The feature map is missing.")
def no_features_when_causal(reference: Any) -> None:
    right = reference.causal_linear_attention

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        kept, reference.features = reference.features, lambda x: x
        try:
            return right(q, k, v)
        finally:
            reference.features = kept

    reference.causal_linear_attention = attend


@misconception(_CAUSAL, hint="The sum of the weights is missing below.")
def not_normalised_when_causal(reference: Any) -> None:
    right = reference.causal_linear_attention

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        total = (reference.features(q) * reference.features(k).cumsum(1)).sum(2, keepdim=True)
        return right(q, k, v) * total

    reference.causal_linear_attention = attend
