"""Trains the vision transformer of a3 on FashionMNIST, with patches that see a little more.

    python run_shifted_vit.py --exp 1 --data DIR          five epochs
    python run_shifted_vit.py --exp mine --shift 1        one of your own, under any other name
    python run_shifted_vit.py --smoke                     in seconds, tiny and offline

The patches of a ViT do not overlap: what lies across the border of two patches has to be put
together by attention, and five epochs are few to learn that. Shifted patch tokenization (Lee et al.
2021, arXiv:2112.13492) lays copies of the image, moved by half a patch, behind it as further
channels, so that the token of a 4 x 4 patch is made of the 8 x 8 pixels around it. There are eight
copies here, one in each direction; the transformer is the one of the exercise, unchanged.

The results go to logs/shifted_vit/exp1/ and so on. 5,000 training images are kept for validation;
the test images are looked at once, after training, with the weights that did best on those.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "lab"))
sys.path.append(str(Path(__file__).resolve().parents[1] / "solutions/a3_attention_and_sentiment"))
import run_settings
import runner
from course_data import FASHION_MNIST_STATS, fashion_mnist, three_splits
from fashion_vit_solution import ViT
from tasks import ImageTask
from training import Trainer

EXPERIMENTS: dict[int, runner.Config] = {1: {"shift": 2}}
MODEL = {"shift": 2, "dim": 64, "depth": 6, "heads": 4, "dim_head": 64, "mlp_dim": 256,
         "patch_size": 4, "smoothing": 0.0}  # fmt: skip
TRAINING = {"epochs": 5, "batch_size": 10, "optimizer": "muon", "lr": 2.5e-3, "weight_decay": 0.05,
            "schedule": "cosine", "warmup": 0.1}  # fmt: skip
DEFAULTS = {**MODEL, **run_settings.defaults(**TRAINING)}
SMOKE = {"dim": 16, "depth": 2, "heads": 2, "dim_head": 8, "mlp_dim": 32, "epochs": 2,
         "batch_size": 20}  # fmt: skip
SIZES = ("dim", "depth", "heads", "dim_head", "mlp_dim", "patch_size")
VALIDATION = 12  # one training image in so many: 5,000 of the 60,000


class ShiftedViT(nn.Module):
    """(B, 1, 28, 28) -> (B, 10): a ViT that reads each image beside eight moved copies of it."""

    def __init__(self, shift: int, **sizes: int) -> None:
        super().__init__()
        self.shift = shift
        self.vit = ViT(image_size=28, num_classes=10, channels=9, **sizes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of every image."""
        return self.vit(with_neighbours(images, self.shift))


def with_neighbours(images: Tensor, shift: int) -> Tensor:
    """(B, 1, H, W) -> (B, 9, H, W): channel 4 is the image, the others are moved by `shift`."""
    height, width = images.shape[-2:]
    padded, moves = F.pad(images, [shift] * 4), (0, shift, 2 * shift)
    copies = [padded[..., i : i + height, j : j + width] for i in moves for j in moves]
    return torch.cat(copies, dim=1)


def build(config: runner.Config) -> ShiftedViT:
    """The model of an experiment."""
    return ShiftedViT(config["shift"], **{name: config[name] for name in SIZES})


def run(config: runner.Config, folder: Path, device: torch.device, data: Any) -> dict[str, Any]:
    """Train one configuration."""
    told = run_settings.read_settings(config)
    run_settings.set_seed(told)
    task = ImageTask(data, FASHION_MNIST_STATS, device, 0, config["smoothing"])
    options = {"model": "vit", **config, "classes": list(task.classes)}
    return Trainer(build(config), task, told, folder, device, options).fit()


def main(arguments: Sequence[str] | None = None) -> str | int:
    """Run what the command line says; returns what went wrong, or 0."""
    parser = argparse.ArgumentParser(description="Train a ViT with shifted copies of each image.")
    add = parser.add_argument_group("model").add_argument
    add("--shift", type=int, help="pixels by which the copies are moved")
    for name in SIZES:
        add(f"--{name.replace('_', '-')}", type=int)
    add("--smoothing", type=float, help="of the labels, in training")
    told, chosen = runner.parse(parser, arguments, EXPERIMENTS, DEFAULTS, SMOKE, "logs/shifted_vit")
    return runner.run_each(
        told, chosen, run, lambda root: three_splits(fashion_mnist, root, VALIDATION)
    )


if __name__ == "__main__":
    sys.exit(main())
