"""The image sets that trained models are measured on: shape and channel statistics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageSet:
    """One set of images; pixels are scaled to [0, 1], then by (x - mean) / std per channel."""

    name: str
    shape: tuple[int, int, int]  # (C, H, W)
    mean: tuple[float, ...]
    std: tuple[float, ...]


CIFAR10 = ImageSet("cifar10", (3, 32, 32), (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
FASHION_MNIST = ImageSet("fashion_mnist", (1, 28, 28), (0.2860,), (0.3530,))
COCO_SUBSET = ImageSet("coco_subset", (3, 64, 64), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
IMAGE_SETS = {one.name: one for one in (CIFAR10, FASHION_MNIST, COCO_SUBSET)}
