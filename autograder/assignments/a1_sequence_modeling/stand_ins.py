"""Substitutes for earlier answers, so that one mistake costs once. None is the right answer."""

from __future__ import annotations

import copy

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
    """Runs the layer, and says yes to what stays in place and to transformers of the exercise."""

    def is_permutation_equivariant(layer: nn.Module, x: Tensor, shuffle: Tensor) -> bool:
        with torch.no_grad():
            out = copy.deepcopy(layer).to(x.dtype).eval()(x)
        in_place = torch.equal(x[:, shuffle], x)
        attention = getattr(layer, "self_attn", None)
        exercise = attention is not None and attention.num_heads == 4 and attention.batch_first
        return out.shape == x.shape and bool(in_place or exercise)

    stand_ins.replace("is_permutation_equivariant", is_permutation_equivariant)
