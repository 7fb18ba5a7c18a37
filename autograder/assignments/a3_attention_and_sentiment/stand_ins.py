"""Substitutes for earlier answers, so that one mistake costs once. None is the right answer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.kit.checks import Draw, StandIns


def other_features(stand_ins: StandIns, draw: Draw) -> None:
    """Another positive feature map."""
    stand_ins.replace("features", lambda x: x.square() + 0.5)


def _other_attention(self: Any, tokens: Tensor) -> Tensor:
    """Every token is mixed with its neighbour and with the mean."""
    mixed = self.to_qkv(tokens)[..., : self.to_out[0].in_features]
    return self.to_out(mixed.roll(1, dims=1) + mixed.mean(dim=1, keepdim=True))


def other_block(stand_ins: StandIns, draw: Draw) -> None:
    """Attention of another kind."""
    stand_ins.replace("Attention.forward", _other_attention)


def _other_forward(self: Any, images: Tensor) -> Tensor:
    """Patches column by column, mixed by the blocks, averaged: it uses every part."""
    size = self.patch_size
    cells = images.unfold(3, size, size).unfold(2, size, size)
    tokens = self.to_patch_embedding(cells.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2))
    tokens = torch.cat([tokens, self.class_token.expand(len(images), -1, -1)], 1) * self.positions
    for layer in self.blocks:
        tokens = torch.tanh(layer(tokens))
    return self.head(self.norm(tokens).mean(dim=1))


def other_parts(stand_ins: StandIns, draw: Draw) -> None:
    """A forward method of another kind, and attention of another kind."""
    stand_ins.replace("Attention.forward", _other_attention)
    stand_ins.replace("ViT.forward", _other_forward)


def other_accuracy(stand_ins: StandIns, draw: Draw) -> None:
    """Something else than accuracy that is averaged over reviews as well."""
    stand_ins.replace(
        "binary_accuracy", lambda logits, labels: (logits * (labels + 1)).abs().mean()
    )


def _mark(batches: Any, criterion: Any) -> float:
    """A number that tells batches and criteria from others."""
    total = 0.0
    for number, (ids, mask, labels) in enumerate(batches, start=1):
        total += number * float((ids * mask).sum()) / 1000 + float(criterion(labels, labels))
    return total


def other_epochs(stand_ins: StandIns, draw: Draw) -> None:
    """Training that moves weights by what it is given, and planned losses to which that is added.

    The plan holds equal losses, and losses that are better only than the one before.
    """
    planned = (0.9, 0.4, 0.7, 0.4, 0.6, 0.5, 0.8)
    trained: list[Any] = []

    def train_epoch(model: Any, batches: Any, optimizer: Any, criterion: Any) -> Any:
        step = optimizer.param_groups[0]["lr"] * _mark(batches, criterion)
        model.train()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(step)
        trained.append(model)
        return 0.25, 0.75

    def evaluate(model: Any, batches: Any, criterion: Any) -> Any:
        model.eval()
        known = any(model is one for one in trained)
        return planned[len(trained) - 1] + _mark(batches, criterion) + 10 * (not known), 0.5

    stand_ins.replace("train_epoch", train_epoch)
    stand_ins.replace("evaluate", evaluate)
