"""Substitutes for earlier answers, so that one mistake costs once. None is the right answer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from autograder.kit.checks import Draw, StandIns


class OtherPatchEmbed(nn.Module):
    """In place of PatchEmbed: tokens column by column, squashed, without normalisation."""

    def __init__(self, in_channels: int, embed_dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(in_channels, embed_dim, 2, 2)
        self.norm = nn.Linear(embed_dim, embed_dim)

    def forward(self, images: Tensor) -> Tensor:
        cells = self.proj(images).transpose(2, 3).flatten(2)  # (B, E, N)
        return torch.tanh(self.norm(cells.transpose(1, 2)))


def other_patch_embed(stand_ins: StandIns, draw: Draw) -> None:
    """Any module with the constructor of PatchEmbed."""
    stand_ins.replace("PatchEmbed", OtherPatchEmbed)


def other_confusion_matrix(stand_ins: StandIns, draw: Draw) -> None:
    """Counts multiplied, so that the two arguments cannot be swapped unnoticed."""

    def confusion_matrix(predictions: Tensor, labels: Tensor, num_classes: int) -> Tensor:
        called = predictions.bincount(minlength=num_classes)
        true = labels.bincount(minlength=num_classes)
        return torch.outer(called + 1, true + 2)

    stand_ins.replace("confusion_matrix", confusion_matrix)


def other_equivariance(stand_ins: StandIns, draw: Draw) -> None:
    """Says yes to what stays in place, and to transformers; looks at nothing else."""

    def is_permutation_equivariant(layer: nn.Module, x: Tensor, shuffle: Tensor) -> bool:
        in_place = torch.equal(shuffle, torch.arange(x.shape[1]))
        return in_place or hasattr(layer, "self_attn")

    stand_ins.replace("is_permutation_equivariant", is_permutation_equivariant)
