"""Known mistakes in multi-head attention."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.kit.mistakes import misconception

_MHA = "vit_solution:MultiHeadedAttention"


# --- 2.2 split and merge ------------------------------------------------------------------------


@misconception(
    f"{_MHA}.split_heads",
    hint="A reshape alone mixes positions and heads: first cut the last axis in two, then swap "
    "the axes of position and head.",
)
def split_by_reshape(reference: Any) -> None:
    def split_heads(self: Any, tensor: Tensor) -> Tensor:
        return tensor.reshape(len(tensor), self.num_heads, tensor.shape[1], -1)

    reference.MultiHeadedAttention.split_heads = split_heads


@misconception(
    f"{_MHA}.split_heads",
    hint="Heads and features are swapped: the numbers of one head lie next to each other, so when "
    "the last axis is cut in two, the head comes first.",
)
def split_interleaved(reference: Any) -> None:
    def split_heads(self: Any, tensor: Tensor) -> Tensor:
        return tensor.unflatten(-1, (-1, self.num_heads)).permute(0, 3, 1, 2)

    reference.MultiHeadedAttention.split_heads = split_heads


@misconception(
    f"{_MHA}.split_heads",
    hint="The axis of the heads is still behind that of the positions: bring it forward.",
)
def split_without_transpose(reference: Any) -> None:
    def split_heads(self: Any, tensor: Tensor) -> Tensor:
        return tensor.unflatten(-1, (self.num_heads, -1))

    reference.MultiHeadedAttention.split_heads = split_heads


@misconception(
    f"{_MHA}.split_heads",
    hint="The width of a head is taken to be self.head_size; the docstring allows any width, so "
    "read it off the tensor.",
)
def split_fixed_width(reference: Any) -> None:
    def split_heads(self: Any, tensor: Tensor) -> Tensor:
        whole = tensor[..., : self.num_heads * self.head_size]
        return whole.unflatten(-1, (self.num_heads, self.head_size)).transpose(1, 2)

    reference.MultiHeadedAttention.split_heads = split_heads


@misconception(
    f"{_MHA}.merge_heads",
    hint="A reshape alone mixes positions and heads: bring the head next to its features before "
    "the two are joined.",
)
def merge_by_reshape(reference: Any) -> None:
    def merge_heads(self: Any, tensor: Tensor) -> Tensor:
        return tensor.reshape(len(tensor), tensor.shape[2], -1)

    reference.MultiHeadedAttention.merge_heads = merge_heads


@misconception(
    f"{_MHA}.merge_heads",
    hint="Heads and features are swapped: in the merged vector the numbers of one head lie next "
    "to each other.",
)
def merge_interleaved(reference: Any) -> None:
    def merge_heads(self: Any, tensor: Tensor) -> Tensor:
        return tensor.permute(0, 2, 3, 1).flatten(2)

    reference.MultiHeadedAttention.merge_heads = merge_heads


# --- 2.3 attention weights ----------------------------------------------------------------------

_WEIGHTS = f"{_MHA}.get_attention_weights"


def _weights(reference: Any, rule: Callable[[Any, Tensor], Tensor]) -> None:
    """Replace get_attention_weights by a rule on the module and the unscaled scores."""

    def get_attention_weights(self: Any, queries: Tensor, keys: Tensor) -> Tensor:
        return rule(self, queries @ keys.transpose(-2, -1))

    reference.MultiHeadedAttention.get_attention_weights = get_attention_weights


def _root(self: Any) -> float:
    return math.sqrt(self.head_size)


@misconception(
    _WEIGHTS,
    hint="The softmax runs over the queries. Each query shares its attention among the keys: rows "
    "sum to one over the last axis.",
)
def softmax_over_queries(reference: Any) -> None:
    _weights(reference, lambda self, scores: (scores / _root(self)).softmax(-2))


@misconception(
    _WEIGHTS,
    hint="The softmax runs over the heads; heads do not share attention. Use the last axis.",
)
def softmax_over_heads(reference: Any) -> None:
    _weights(reference, lambda self, scores: (scores / _root(self)).softmax(1))


@misconception(_WEIGHTS, hint="The scores are not scaled: divide by the root of the head size.")
def no_scaling(reference: Any) -> None:
    _weights(reference, lambda self, scores: scores.softmax(-1))


@misconception(
    _WEIGHTS, hint="The scores are divided by d itself; the formula divides by its root."
)
def scaled_by_head_size(reference: Any) -> None:
    _weights(reference, lambda self, scores: (scores / self.head_size).softmax(-1))


@misconception(
    _WEIGHTS,
    hint="The scaling uses the full width of all heads together; d is the width of one head.",
)
def scaled_by_full_width(reference: Any) -> None:
    _weights(
        reference,
        lambda self, scores: (scores / math.sqrt(self.head_size * self.num_heads)).softmax(-1),
    )


@misconception(
    _WEIGHTS, hint="The scaling uses the length of the sequence; d is the width of one head."
)
def scaled_by_sequence_length(reference: Any) -> None:
    _weights(reference, lambda self, scores: (scores / math.sqrt(scores.shape[-1])).softmax(-1))


@misconception(_WEIGHTS, hint="The scaling uses the number of heads; d is the width of one head.")
def scaled_by_number_of_heads(reference: Any) -> None:
    _weights(reference, lambda self, scores: (scores / math.sqrt(self.num_heads)).softmax(-1))


@misconception(
    _WEIGHTS, hint="The scaling comes after the softmax; it belongs to the scores, before it."
)
def scaled_after_softmax(reference: Any) -> None:
    _weights(reference, lambda self, scores: scores.softmax(-1) / _root(self))


@misconception(
    _WEIGHTS, hint="The scores are multiplied by the root of d; the formula divides by it."
)
def scaled_upwards(reference: Any) -> None:
    _weights(reference, lambda self, scores: (scores * _root(self)).softmax(-1))


@misconception(
    _WEIGHTS, hint="The scores are returned as they are: the softmax over the keys is missing."
)
def softmax_missing(reference: Any) -> None:
    _weights(reference, lambda self, scores: scores / _root(self))


@misconception(
    _WEIGHTS,
    hint="exp overflows for large scores. Subtract each row's maximum first; softmax does so.",
)
def softmax_overflows(reference: Any) -> None:
    def rule(self: Any, scores: Tensor) -> Tensor:
        raised = torch.exp(scores / _root(self))
        return raised / raised.sum(-1, keepdim=True)

    _weights(reference, rule)


@misconception(
    _WEIGHTS,
    hint="Later positions are masked out. There is no mask in this exercise: every position "
    "attends to every position.",
)
def causal_mask(reference: Any) -> None:
    def rule(self: Any, scores: Tensor) -> Tensor:
        later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        return (scores / _root(self)).masked_fill(later, -torch.inf).softmax(-1)

    _weights(reference, rule)


@misconception(
    _WEIGHTS,
    hint="Queries and keys are swapped: the result is transposed. Rows belong to queries.",
)
def queries_and_keys_swapped(reference: Any) -> None:
    _weights(reference, lambda self, scores: (scores.transpose(-2, -1) / _root(self)).softmax(-1))


# --- 2.4 apply_attention ------------------------------------------------------------------------

_APPLY = f"{_MHA}.apply_attention"


def _apply(reference: Any, rule: Callable[[Any, Tensor, Tensor, Tensor], Tensor]) -> None:
    reference.MultiHeadedAttention.apply_attention = rule


@misconception(_APPLY, hint="Keys and values are swapped: it is the values that are averaged.")
def keys_and_values_swapped(reference: Any) -> None:
    _apply(
        reference,
        lambda self, q, k, v: self.merge_heads(self.get_attention_weights(q, v) @ k),
    )


@misconception(_APPLY, hint="The keys are averaged; it is the values that are.")
def keys_averaged(reference: Any) -> None:
    _apply(
        reference,
        lambda self, q, k, v: self.merge_heads(self.get_attention_weights(q, k) @ k),
    )


@misconception(
    _APPLY,
    hint="The weights are transposed before they meet the values: rows belong to queries, and "
    "the sum runs over the keys.",
)
def weights_transposed(reference: Any) -> None:
    _apply(
        reference,
        lambda self, q, k, v: self.merge_heads(
            self.get_attention_weights(q, k).transpose(-2, -1) @ v
        ),
    )


@misconception(_APPLY, hint="The heads are not merged: the result has the shape (B, T, H * D).")
def heads_not_merged(reference: Any) -> None:
    _apply(reference, lambda self, q, k, v: self.get_attention_weights(q, k) @ v)


@misconception(
    _APPLY,
    hint="The heads are joined by a reshape without bringing each next to its features; "
    "merge_heads does both.",
)
def merged_by_reshape(reference: Any) -> None:
    _apply(
        reference,
        lambda self, q, k, v: (self.get_attention_weights(q, k) @ v).reshape(
            len(q), q.shape[2], -1
        ),
    )


# --- 2.5 forward --------------------------------------------------------------------------------

_FORWARD = f"{_MHA}.forward"


@misconception(
    _FORWARD,
    hint="The inputs are added to the result. The residual connection belongs to the block "
    "around the attention, not into it.",
)
def residual_inside(reference: Any) -> None:
    right = reference.MultiHeadedAttention.forward
    reference.MultiHeadedAttention.forward = lambda self, x: x + right(self, x)
