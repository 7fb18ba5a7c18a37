"""Trains the vision transformer of a3 on FashionMNIST with two aids for a small data set.

    python run_taught_vit.py --exp 1 2 --data DIR         a teacher, three epochs; the ViT, five
    python run_taught_vit.py --exp 3 --data DIR           the ViT without a teacher
    python run_taught_vit.py --exp mine --shift 1         one of your own, under any other name
    python run_taught_vit.py --smoke                      all in seconds, tiny and offline

The transformer is the one of the exercise (patches of 4 x 4, 6 layers, 4 heads), unchanged.

Its patches do not overlap: what lies across a border has to be put together by attention, and five
epochs are few to learn that. Shifted patch tokenization (Lee et al. 2021, arXiv:2112.13492) lays
copies of the image, moved by half a patch, behind it as further channels, so that the token of a
4 x 4 patch is made of the 8 x 8 pixels around it. There are eight copies here, one per direction.

A convolutional network needs no such help, so a small one goes first and teaches the transformer:
it is to give what the teacher gives, beside the labels (Hinton et al. 2015, arXiv:1503.02531, and
Touvron et al. 2020, arXiv:2012.12877). In evaluation and afterwards the teacher has no part.

The results go to logs/taught_vit/exp1/ and so on. 5,000 training images are kept for validation;
the test images are used once, after training, with the weights that did best on those.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab import runner
from lab.images import FASHION_MNIST_STATS, Images, ImageTask, fashion_mnist, three_splits
from lab.machine import set_seed
from lab.settings import Settings, defaults
from lab.training import Trainer, load_best

import torch
import torch.nn.functional as F
from run_hybrid_vit import convolution
from torch import Tensor, nn

from solutions.a3_attention_and_sentiment.fashion_vit_solution import ViT

TEACHER = {"model": "cnn", "epochs": 3, "batch_size": 64, "lr": 8e-3, "padding": 1, "mirror": True}
EXPERIMENTS: dict[int, runner.Config] = {1: TEACHER, 2: {"share": 0.8}, 3: {"share": 0.0}}
MODEL = {"model": "vit", "width": 32, "shift": 2, "dim": 64, "depth": 6, "heads": 4, "dim_head": 64,
         "mlp_dim": 256, "patch_size": 4, "share": 0.8, "temperature": 2.0, "padding": 0,
         "mirror": False}  # fmt: skip
TRAINING = {"epochs": 5, "batch_size": 10, "optimizer": "muon", "lr": 2.5e-3, "weight_decay": 0.05,
            "schedule": "cosine", "warmup": 0.1}  # fmt: skip
DEFAULTS = {**MODEL, **defaults(**TRAINING)}
SMOKE = {"width": 8, "dim": 16, "depth": 2, "heads": 2, "dim_head": 8, "mlp_dim": 32, "epochs": 2,
         "batch_size": 20}  # fmt: skip
SIZES = ("dim", "depth", "heads", "dim_head", "mlp_dim", "patch_size")
OF_THE_VIT = (*SIZES, "shift", "share", "temperature")  # do not apply to its teacher
VALIDATION = 12  # one training image in twelve: 5,000 of the 60,000


def teacher(width: int) -> nn.Sequential:
    """(B, 1, 28, 28) -> (B, 10): four convolutions."""
    return nn.Sequential(
        convolution(1, width), nn.MaxPool2d(2),  # 14 x 14
        convolution(width, 2 * width), convolution(2 * width, 2 * width), nn.MaxPool2d(2),  # 7 x 7
        convolution(2 * width, 4 * width),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, 10),
    )  # fmt: skip


def with_neighbours(images: Tensor, shift: int) -> Tensor:
    """(B, 1, H, W) -> (B, 9, H, W): channel 4 is the image, the others are moved by `shift`."""
    height, width = images.shape[-2:]
    padded, moves = F.pad(images, [shift] * 4), (0, shift, 2 * shift)
    copies = [padded[..., i : i + height, j : j + width] for i in moves for j in moves]
    return torch.cat(copies, dim=1)


class TaughtViT(nn.Module):
    """(B, 1, 28, 28) -> (B, 10): a ViT that reads each image beside eight moved copies of it.

    `share` is the teacher's part of the loss in training, from 0 to 1; the rest is the labels'.
    """

    def __init__(self, shift: int, share: float, temperature: float, **sizes: int) -> None:
        super().__init__()
        self.shift, self.share, self.temperature = shift, share, temperature
        self.vit = ViT(image_size=28, num_classes=10, channels=9, **sizes)
        self.teachers: list[nn.Module] = []  # in a list: no part of the model and its weights
        self.heard = torch.empty(0)  # the teacher's logits for the batch

    def forward(self, images: Tensor) -> Tensor:
        """Logits of every image."""
        if self.training and self.share:
            with torch.no_grad():
                self.heard = self.teachers[0](images)
        return self.vit(with_neighbours(images, self.shift))

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The cross-entropy with the labels, and in training with what the teacher said."""
        by_labels = F.cross_entropy(logits, labels)
        if not (self.training and self.share):
            return by_labels
        soft = (self.heard / self.temperature).softmax(dim=1)
        by_teacher = self.temperature**2 * F.cross_entropy(logits / self.temperature, soft)
        return (1 - self.share) * by_labels + self.share * by_teacher


def build(config: runner.Config, folder: Path, device: torch.device) -> nn.Module:
    """The model of an experiment; a teacher is the one that experiment 1 left behind."""
    if config["model"] == "cnn":
        return teacher(config["width"])
    sizes = {name: config[name] for name in SIZES}
    model = TaughtViT(config["shift"], config["share"], config["temperature"], **sizes)
    if config["share"]:
        model.teachers.append(teacher(config["width"]).to(device).eval())
        advice = "train the teacher first, --exp 1"
        load_best(model.teachers[0], folder.parent / "exp1", device, advice)
    return model


def run(config: runner.Config, folder: Path, device: torch.device, data: Any) -> dict[str, Any]:
    """Train one configuration."""
    settings = Settings.from_config(config)
    set_seed(settings.seed, settings.deterministic)
    varied = {name: config[name] for name in ("padding", "mirror")}
    task = ImageTask(data, FASHION_MNIST_STATS, device, **varied)
    foreign = OF_THE_VIT if config["model"] == "cnn" else ()
    kept = {name: value for name, value in config.items() if name not in foreign}
    options = {**kept, "classes": list(task.classes)}
    return Trainer(build(config, folder, device), task, settings, folder, device, options).fit()


def load(root: Path) -> dict[str, Images]:
    """The three splits."""
    return three_splits(fashion_mnist, root, VALIDATION)


def main(arguments: Sequence[str] | None = None) -> str | int:
    """Run the experiments of the command line; returns the problem, or 0."""
    parser = argparse.ArgumentParser(description="Train a ViT on FashionMNIST with a teacher.")
    add = parser.add_argument_group("model").add_argument
    add("--model", choices=["vit", "cnn"])
    add("--width", type=int, help="of the teacher: features after its first convolution")
    add("--shift", type=int, help="pixels by which the copies are moved")
    for name in SIZES:
        add(f"--{name.replace('_', '-')}", type=int)
    add("--share", type=float, help="of the teacher in the loss; 0 for no teacher")
    add("--temperature", type=float, help="softens what both say before it is compared")
    add("--padding", type=int, help="pixels around training images, for random crops; 0: no change")
    add("--mirror", action=argparse.BooleanOptionalAction, default=None)
    options, chosen = runner.parse(parser, arguments, EXPERIMENTS, DEFAULTS, SMOKE, "taught_vit")
    return runner.run_each(options, chosen, run, load)


if __name__ == "__main__":
    sys.exit(main())
