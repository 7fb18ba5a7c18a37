"""Trains a small hybrid on CIFAR-10: convolutions make the tokens, a transformer reads them.

    python run_hybrid_vit.py --exp 1 --data DIR             six epochs
    python run_hybrid_vit.py --exp wide --widths 48 96 192  one of your own, under any other name
    python run_hybrid_vit.py --smoke                        in seconds, tiny and offline

A ViT has to learn from the data that neighbouring pixels belong together, and 45,000 images are few
for that. Here a stem of 3 x 3 convolutions sees to it (Xiao et al. 2021, arXiv:2106.14881; Hassani
et al. 2021, arXiv:2104.05704), and the transformer is left with what convolutions are bad at: parts
of the image that are far apart. The results go to logs/hybrid/exp1/ and so on, and are to be read
beside those of a2's seven vision transformers and the four CNNs of its handout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab import runner
from lab.images import CIFAR10_STATS, Images, ImageTask, cifar10, three_splits
from lab.machine import set_seed
from lab.settings import Settings, defaults
from lab.training import Trainer

import torch
from torch import Tensor, nn

EXPERIMENTS: dict[int, runner.Config] = {1: {"epochs": 6}}
MODEL = {"widths": [32, 64, 128], "layers": 3, "heads": 4, "dropout": 0.0, "padding": 2,
         "smoothing": 0.05}  # fmt: skip
TRAINING = {"epochs": 6, "batch_size": 128, "optimizer": "muon", "lr": 8e-3, "weight_decay": 0.05,
            "schedule": "cosine", "warmup": 0.1}  # fmt: skip
DEFAULTS = {**MODEL, **defaults(**TRAINING)}
SMOKE = {"widths": [4, 8, 16], "layers": 1, "heads": 2, "epochs": 2, "batch_size": 30}
VALIDATION = 10  # one training image in ten: 5,000 of the 50,000


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """(B, inputs, H, W) -> (B, outputs, H / stride, W / stride)."""
    layer = nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.GELU())


class Residual(nn.Module):
    """x + two convolutions of x."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(convolution(width, width), convolution(width, width))

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) -> the same."""
        return images + self.inner(images)


class HybridViT(nn.Module):
    """(B, 3, 32, 32) -> (B, 10): a stem down to 8 x 8 tokens, an encoder, and their mean."""

    def __init__(self, widths: Sequence[int], layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        small, middle, dim = widths
        self.stem = nn.Sequential(
            convolution(3, small),  # 32 x 32
            convolution(small, middle, stride=2),  # 16 x 16
            Residual(middle),
            convolution(middle, dim, stride=2),  # 8 x 8
        )
        self.positions = nn.Parameter(0.02 * torch.randn(1, 64, dim))
        kind = {"activation": "gelu", "batch_first": True, "norm_first": True}
        self.encoder = nn.Sequential(
            *(
                nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout, **kind)
                for _ in range(layers)
            )
        )
        self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of every image."""
        grid = self.stem(images.contiguous(memory_format=torch.channels_last))  # (B, D, 8, 8)
        tokens = self.encoder(grid.flatten(2).transpose(1, 2) + self.positions)  # (B, 64, D)
        return self.head(self.norm(tokens.mean(dim=1)))


def build(config: runner.Config) -> HybridViT:
    """The model of an experiment."""
    return HybridViT(config["widths"], config["layers"], config["heads"], config["dropout"])


def run(config: runner.Config, folder: Path, device: torch.device, data: Any) -> dict[str, Any]:
    """Train one configuration."""
    settings = Settings.from_config(config)
    set_seed(settings.seed, settings.deterministic)
    task = ImageTask(data, CIFAR10_STATS, device, config["padding"], config["smoothing"])
    options = {"model": "hybrid", **config, "classes": list(task.classes)}
    return Trainer(build(config), task, settings, folder, device, options).fit()


def load(root: Path) -> dict[str, Images]:
    """The three splits."""
    return three_splits(cifar10, root, VALIDATION)


def main(arguments: Sequence[str] | None = None) -> str | int:
    """Run the experiments of the command line; returns the problem, or 0."""
    parser = argparse.ArgumentParser(description="Train a hybrid vision transformer on CIFAR-10.")
    add = parser.add_argument_group("model").add_argument
    add("--widths", type=int, nargs=3, help="features on the grids of 32, 16 and 8 pixels")
    add("--layers", type=int, help="of the transformer")
    add("--heads", type=int)
    add("--dropout", type=float)
    add("--padding", type=int, help="pixels around training images, for random crops; 0: no change")
    add("--smoothing", type=float, help="of the labels, in training")
    options, chosen = runner.parse(parser, arguments, EXPERIMENTS, DEFAULTS, SMOKE, "hybrid")
    return runner.run_each(options, chosen, run, load)


if __name__ == "__main__":
    sys.exit(main())
