"""What the course trains on: images with labels, and a language model's sequences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from course_data import Images, Tokens, augment, scaled
from torch import Tensor
from training import Batch

Stats = tuple[tuple[float, ...], tuple[float, ...]]


class ImageTask:
    """Name the class of an image. The images lie on the device from the start.

    The model takes (B, C, H, W) and returns logits (B, classes); its own `loss(logits, labels)` is
    minimised where it has one, else the cross-entropy, in training with that much label
    `smoothing`. Where `padding` is not 0, training images are cropped at random after padding by so
    many pixels and, unless `mirror` is False, mirrored half of the time. Where `both_ways` is True,
    the model is measured by its mean logits for an image and for its mirror image.
    """

    metric = "acc"

    def __init__(
        self,
        splits: Mapping[str, Images],
        stats: Stats,
        device: torch.device,
        padding: int = 4,
        smoothing: float = 0.0,
        mirror: bool = True,
        both_ways: bool = False,
    ) -> None:
        self.data = {
            name: replace(part, pixels=part.pixels.to(device), labels=part.labels.to(device))
            for name, part in splits.items()
        }
        self.sizes = {name: len(part) for name, part in splits.items()}
        self.lengths: dict[str, Tensor] = {}
        self.origin, self.classes = splits["train"].origin, splits["train"].classes
        self.stats, self.device, self.smoothing = stats, device, smoothing
        self.padding, self.mirror, self.both_ways = padding, mirror, both_ways

    def run(self, model: Any, split: str, indices: Tensor) -> Batch:
        """The loss on some images, and how many of them are named rightly."""
        indices = indices.to(self.device)
        pixels, labels = self.data[split].pixels[indices], self.data[split].labels[indices]
        if model.training and self.padding:
            pixels = augment(pixels, self.padding, self.mirror)
        logits = model(scaled(pixels, self.stats))
        if self.both_ways and not model.training:
            logits = (logits + model(scaled(pixels.flip(3), self.stats))) / 2
        if model.training and self.smoothing:
            loss = F.cross_entropy(logits, labels, label_smoothing=self.smoothing)
        else:
            loss = (model.loss if hasattr(model, "loss") else F.cross_entropy)(logits, labels)
        predicted, count = logits.argmax(dim=1), len(self.classes)
        pairs = torch.bincount(count * labels + predicted, minlength=count**2)
        right = (predicted == labels).sum()
        return Batch(loss, right, len(labels), pairs.reshape(count, count))


class LanguageTask:
    """Predict the next token, with a model that has the methods of `lstm_solution.LSTM`."""

    metric = "ppl"

    def __init__(self, splits: Mapping[str, Tokens], device: torch.device) -> None:
        self.data, self.device = splits, device
        self.sizes = {name: len(part) for name, part in splits.items()}
        self.lengths = {name: part.mask.sum(dim=1) for name, part in splits.items()}
        self.origin = splits["train"].origin

    def run(self, model: Any, split: str, indices: Tensor) -> Batch:
        """The model's loss, and the negative log-likelihood of all real tokens together."""
        batch = self.data[split].batch(indices)
        source, target, mask = (
            batch[name].to(self.device) for name in ("source", "target", "mask")
        )
        log_probas, _ = model(source, model.initial_states(len(source), self.device))
        objective = model.loss(log_probas, target, mask)
        with torch.no_grad():
            nll = -log_probas.float().gather(2, target.unsqueeze(2)).squeeze(2)  # (B, T)
            total = (nll * mask).sum()
        return Batch(objective, total, mask.sum())

    @property
    def vocabulary_size(self) -> int:
        """One more than the largest token id of all splits."""
        parts = [t for part in self.data.values() for t in (part.source, part.target)]
        return 1 + max(int(part.max()) for part in parts)
