"""Arbitrary substitutes for the student's helpers, so that one mistake costs once.

None of them is the right answer to anything. Student and reference get the same ones, and so
the values must agree if the function under test calls them as documented.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.kit.checks import Draw, StandIns


def plain_attention_init(stand_ins: StandIns, draw: Draw) -> None:
    """A MultiHeadedAttention with its documented attributes and no projections."""

    def init(self: Any, head_size: int, num_heads: int, sequence_length: int) -> None:
        nn.Module.__init__(self)
        self.head_size, self.num_heads = head_size, num_heads
        self.sequence_length = sequence_length

    stand_ins.replace("MultiHeadedAttention.__init__", init)


def plain_vit_init(stand_ins: StandIns, draw: Draw) -> None:
    """A VisionTransformer without parts: `get_patches` and `loss` need none."""

    def init(self: Any, *args: object, **kwargs: object) -> None:
        nn.Module.__init__(self)
        self.patch_size = kwargs.get("patch_size", 4)

    stand_ins.replace("VisionTransformer.__init__", init)


def other_helpers(stand_ins: StandIns, draw: Draw) -> None:
    """Heads interleaved instead of consecutive; weights by another kernel than softmax."""

    def split_heads(self: Any, tensor: Tensor) -> Tensor:
        return tensor.unflatten(-1, (-1, self.num_heads)).permute(0, 3, 1, 2)

    def merge_heads(self: Any, tensor: Tensor) -> Tensor:
        return tensor.permute(0, 2, 3, 1).flatten(2)

    def get_attention_weights(self: Any, queries: Tensor, keys: Tensor) -> Tensor:
        positive = F.softplus(queries @ keys.transpose(-1, -2)) + 0.1
        return positive / positive.sum(-1, keepdim=True)

    def apply_attention(self: Any, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        mixed = get_attention_weights(self, queries, keys) @ values
        return merge_heads(self, mixed)

    stand_ins.replace("MultiHeadedAttention.split_heads", split_heads)
    stand_ins.replace("MultiHeadedAttention.merge_heads", merge_heads)
    stand_ins.replace("MultiHeadedAttention.get_attention_weights", get_attention_weights)
    stand_ins.replace("MultiHeadedAttention.apply_attention", apply_attention)


class OtherNorm(nn.Module):
    """In place of LayerNorm: squashes, scales, shifts."""

    def __init__(self, hidden_size: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden_size))
        self.bias = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.tanh(inputs) * self.weight + self.bias


class OtherAttention(nn.Module):
    """In place of MultiHeadedAttention: each token is mixed with its neighbours."""

    def __init__(self, head_size: int, num_heads: int, sequence_length: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(1, head_size * num_heads))

    def forward(self, hidden_states: Tensor) -> Tensor:
        return hidden_states.roll(1, dims=1) * self.gain + hidden_states.mean(1, keepdim=True)


def other_norm_and_attention(stand_ins: StandIns, draw: Draw) -> None:
    """Stand-ins for the two classes a block is built of."""
    stand_ins.replace("LayerNorm", OtherNorm)
    stand_ins.replace("MultiHeadedAttention", OtherAttention)


class OtherBlock(nn.Module):
    """In place of an attention block: what a token becomes depends on its place."""

    def __init__(
        self,
        embed_dim: int,
        hidden_dim: int,
        num_heads: int,
        sequence_length: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(1, embed_dim))

    def forward(self, inputs: Tensor) -> Tensor:
        steps = torch.arange(1, inputs.shape[1] + 1, dtype=inputs.dtype).sqrt()
        return inputs + torch.sin(inputs.cumsum(1) / steps[:, None] + inputs.flip(1) + self.shift)


class OtherHead(nn.Module):
    """In place of the classifier: one affine map for each token."""

    def __init__(self, embed_dim: int, num_classes: int) -> None:
        super().__init__()
        self.map = nn.Linear(embed_dim, num_classes)

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.tanh(self.map(inputs))


def other_get_patches(stand_ins: StandIns, draw: Draw) -> None:
    """Pixels dealt out like cards: right shapes, not the right patches."""

    def get_patches(
        self: Any, image: Tensor, patch_size: int, flatten_channels: bool = True
    ) -> Tensor:
        batch, channels = image.shape[:2]
        dealt = image.reshape(batch, channels, patch_size * patch_size, -1).permute(0, 3, 1, 2)
        if flatten_channels:
            return dealt.flatten(2)
        return dealt.unflatten(-1, (patch_size, patch_size))

    stand_ins.replace("VisionTransformer.get_patches", get_patches)
