"""Known mistakes of attention, in task 2 and once more in einsum, task 5."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from autograder.kit.mistakes import misconception

_ATTENTION = "vit_from_scratch_solution:MultiHeadSelfAttention.forward"
_EINSUM = "einsum_attention_solution:EinsumSelfAttention.forward"


def _attention(
    weights: Callable[[Tensor, int], Tensor],
    split: Callable[[Tensor, int], Tensor] | None = None,
    merge: Callable[[Tensor], Tensor] | None = None,
    order: str = "qkv",
    output: bool = True,
) -> Callable[..., Tensor]:
    """A forward with parts of it replaced."""

    def forward(self: Any, tokens: Tensor) -> Tensor:
        B, T, _ = tokens.shape
        maps = {"q": self.query, "k": self.key, "v": self.value}

        def heads_of(name: str) -> Tensor:
            x = maps[name](tokens)
            if split:
                return split(x, self.num_heads)
            return x.view(B, T, self.num_heads, -1).transpose(1, 2)

        q, k, v = (heads_of(name) for name in order)
        mixed = weights(q @ k.transpose(-2, -1), q.shape[-1]) @ v
        joined = merge(mixed) if merge else mixed.transpose(1, 2).reshape(B, T, -1)
        return self.output(joined) if output else joined

    return forward


def _plain(scores: Tensor, d: int) -> Tensor:
    return (scores / math.sqrt(d)).softmax(-1)


_VARIANTS: dict[str, tuple[str, Callable[..., Tensor]]] = {
    "softmax_over_queries": (
        "The softmax runs over the queries; it runs over the keys, so that the weights of each "
        "query add up to 1.",
        _attention(lambda s, d: (s / math.sqrt(d)).softmax(-2)),
    ),
    "scaled_after_softmax": (
        "The scaling comes after the softmax; the scores are divided before it.",
        _attention(lambda s, d: s.softmax(-1) / math.sqrt(d)),
    ),
    "helper_library": (
        "The softmax runs over the queries, and the scaling comes after it: keys, and before.",
        _attention(lambda s, d: s.softmax(-2) / math.sqrt(d)),
    ),
    "not_scaled": (
        "The scores are not divided by the square root of a head's width.",
        _attention(lambda s, d: s.softmax(-1)),
    ),
    "scaled_by_sequence": (
        "The scores are divided by the square root of the number of tokens; d is the width of a "
        "head.",
        _attention(lambda s, d: (s / math.sqrt(s.shape[-1])).softmax(-1)),
    ),
    "scaled_by_all_heads": (
        "The scores are divided by the square root of all features; d is the width of one head.",
        _attention(lambda s, d: (s / math.sqrt(d * s.shape[1])).softmax(-1)),
    ),
    "softmax_over_heads": (
        "The softmax runs over the heads; it runs over the keys.",
        _attention(lambda s, d: (s / math.sqrt(d)).softmax(1)),
    ),
    "softmax_overflows": (
        "Large scores overflow: exp of 1000 is infinite. torch.softmax subtracts the maximum.",
        _attention(lambda s, d: (s / math.sqrt(d)).exp() / (s / math.sqrt(d)).exp().sum(-1, True)),
    ),
    "heads_by_view": (
        "The features were cut into heads by a view alone, which mixes tokens and heads: split "
        "the last axis, then exchange heads and tokens.",
        _attention(_plain, split=lambda x, h: x.reshape(len(x), h, x.shape[1], -1)),
    ),
    "heads_interleaved": (
        "Neighbouring features went to different heads; a head owns consecutive features.",
        _attention(_plain, split=lambda x, h: x.unflatten(-1, (-1, h)).permute(0, 3, 1, 2)),
    ),
    "merged_by_view": (
        "The heads were put together by a view alone: exchange heads and tokens back first.",
        _attention(_plain, merge=lambda x: x.reshape(len(x), x.shape[2], -1)),
    ),
    "keys_and_queries_exchanged": (
        "Queries and keys are exchanged.",
        _attention(_plain, order="kqv"),
    ),
    "keys_and_values_exchanged": (
        "Keys and values are exchanged.",
        _attention(_plain, order="qvk"),
    ),
    "output_map_missing": (
        "The last linear map, `output`, is missing.",
        _attention(_plain, output=False),
    ),
}


def _of_both(name: str) -> None:
    """The same mistake in task 2 and, under another name, in task 5."""
    hint, forward = _VARIANTS[name]

    def spoil(class_name: str) -> Callable[[Any], None]:
        def patch(reference: Any) -> None:
            getattr(reference, class_name).forward = forward

        return patch

    for target, class_name, ending in (
        (_ATTENTION, "MultiHeadSelfAttention", ""),
        (_EINSUM, "EinsumSelfAttention", "_in_einsum"),
    ):
        patch = spoil(class_name)
        patch.__name__ = f"{name}{ending}"
        globals()[patch.__name__] = misconception(target, hint=hint)(patch)


for _name in _VARIANTS:
    _of_both(_name)
