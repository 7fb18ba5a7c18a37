"""Substitutes for earlier answers, so that one mistake costs once. None is the right answer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from autograder.kit.checks import Draw, StandIns


def _other_embedding(self: Any, images: Tensor) -> Tensor:
    """Patches column by column, squashed: as many tokens as asked for, other values."""
    size = self.patch_size
    cells = images.unfold(2, size, size).unfold(3, size, size)  # (B, C, rows, columns, size, size)
    patches = cells.permute(0, 3, 2, 1, 5, 4).flatten(3).flatten(1, 2)
    return torch.tanh(self.projection(patches))


class OtherAttention(nn.Module):
    """In place of attention: each token is mixed with its neighbour and with the mean."""

    def __init__(self, embed_dim: int, num_heads: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(embed_dim))

    def forward(self, tokens: Tensor) -> Tensor:
        return self.gain * tokens.roll(1, dims=1) + tokens.mean(dim=1, keepdim=True)


def _other_block(self: Any, tokens: Tensor) -> Tensor:
    """Not the right order of things: the network first."""
    tokens = self.mlp(self.norm_2(tokens)) - tokens
    return tokens.roll(1, dims=1) + torch.tanh(tokens)


def _other_count(image_size: int, patch_size: int) -> int:
    """For the sizes that the checks use this is no square."""
    return (image_size // patch_size) ** 2 + 2


def other_attention(stand_ins: StandIns, draw: Draw) -> None:
    """Any module with the constructor of MultiHeadSelfAttention."""
    stand_ins.replace("MultiHeadSelfAttention", OtherAttention)


def other_count(stand_ins: StandIns, draw: Draw) -> None:
    """Another number of patches; it never raises."""
    stand_ins.replace("count_patches", _other_count)


def other_parts(stand_ins: StandIns, draw: Draw) -> None:
    """Embedding and blocks of another kind, and the parameters of the constructor as they ought
    to be in number, so that only what `forward` does with them counts."""
    stand_ins.replace("PatchEmbedding.forward", _other_embedding)
    stand_ins.replace("EncoderBlock.forward", _other_block)
    stand_ins.replace("ViT.__init__", _plain_init(stand_ins))


def _plain_init(stand_ins: StandIns) -> object:
    module = stand_ins.module

    def init(
        self: Any,
        image_size: int,
        patch_size: int,
        in_channels: int,
        num_classes: int,
        embed_dim: int,
        depth: int,
        num_heads: int,
        hidden_dim: int,
    ) -> None:
        nn.Module.__init__(self)
        self.patch_embedding = module.PatchEmbedding(patch_size, in_channels, embed_dim)
        self.blocks = nn.ModuleList(
            module.EncoderBlock(embed_dim, num_heads, hidden_dim) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(embed_dim)
        self.head = nn.Linear(embed_dim, num_classes)
        count = (image_size // patch_size) ** 2 + 1
        self.class_token = nn.Parameter(torch.zeros(1, 1, embed_dim))
        self.positions = nn.Parameter(torch.zeros(1, count, embed_dim))

    return init
