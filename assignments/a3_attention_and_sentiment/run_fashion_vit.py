"""Trains the Vision Transformer of question 4 on FashionMNIST.

    python run_fashion_vit.py --exp 1 --data DIR            five epochs, for the accuracy
    python run_fashion_vit.py --exp 2 --data DIR            one short epoch, for the time it takes
    python run_fashion_vit.py --exp wide --dim 128          one of your own, under any other name
    python run_fashion_vit.py --smoke                       in seconds, tiny and offline

The results go to logs/fashion_vit/exp1/ and so on. Give the same command again to resume a
run that was stopped. 5,000 training images are kept for validation; the test images are used
once, after training, with the weights that did best on validation.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab import logs, runner
from lab.images import FASHION_MNIST_STATS, Images, ImageTask, fashion_mnist, three_splits
from lab.machine import set_seed
from lab.settings import Settings, defaults
from lab.training import Trainer

import torch
from fashion_vit_solution_template import ViT

EXPERIMENTS: dict[int, runner.Config] = {
    1: {"epochs": 5},
    2: {"epochs": 1, "batch_size": 40, "images": 50_000},
}
MODEL = {"dim": 64, "depth": 6, "heads": 4, "dim_head": 64, "mlp_dim": 256, "patch_size": 4,
         "dropout": 0.0, "padding": 0, "mirror": False, "smoothing": 0.0, "images": 0}  # fmt: skip
TRAINING = {"epochs": 5, "batch_size": 64, "optimizer": "muon", "lr": 6e-3, "weight_decay": 0.05,
            "schedule": "cosine", "warmup": 0.1}  # fmt: skip
DEFAULTS = {**MODEL, **defaults(**TRAINING)}
SMOKE = {"dim": 16, "depth": 2, "heads": 2, "dim_head": 8, "mlp_dim": 32, "epochs": 2,
         "batch_size": 20, "images": 0}  # fmt: skip
VALIDATION = 12  # one training image in twelve: 5,000 of the 60,000


def arguments(config: runner.Config) -> dict[str, Any]:
    """The arguments of ViT for an experiment, with grey images of 28 x 28 pixels."""
    names = ("patch_size", "dim", "depth", "heads", "dim_head", "mlp_dim", "dropout")
    sizes = {"image_size": 28, "num_classes": 10, "channels": 1}
    return sizes | {name: config[name] for name in names}


def build(config: runner.Config) -> ViT:
    """The model of an experiment."""
    return ViT(**arguments(config))


def run(config: runner.Config, folder: Path, device: torch.device, data: Any) -> dict[str, Any]:
    """Train one configuration, and write its best weights for your submission."""
    settings = Settings.from_config(config)
    set_seed(settings.seed, settings.deterministic)
    if config["images"]:
        data = {**data, "train": data["train"].part(torch.arange(config["images"]))}
    varied = {name: config[name] for name in ("padding", "mirror", "smoothing")}
    task = ImageTask(data, FASHION_MNIST_STATS, device, **varied)
    options = {"model": "vit", **config, "classes": list(task.classes)}
    model = build(config)
    trainer = Trainer(model, task, settings, folder, device, options)
    result = trainer.fit()
    trainer.load_best()
    logs.write_checkpoint(folder / "fashion_vit.safetensors", model, arguments(config))
    return result


def load(root: Path) -> dict[str, Images]:
    """The three splits."""
    return three_splits(fashion_mnist, root, VALIDATION)


def main(arguments: Sequence[str] | None = None) -> str | int:
    """Run the experiments of the command line; returns the problem, or 0."""
    parser = argparse.ArgumentParser(description="Train a Vision Transformer on FashionMNIST.")
    add = parser.add_argument_group("model").add_argument
    add("--dim", type=int)
    add("--depth", type=int)
    add("--heads", type=int)
    add("--dim-head", type=int)
    add("--mlp-dim", type=int)
    add("--patch-size", type=int)
    add("--dropout", type=float)
    add("--padding", type=int, help="pixels around training images, for random crops; 0: no change")
    add("--mirror", action=argparse.BooleanOptionalAction, default=None,
        help="and mirror half of them: the test images all face the same way")  # fmt: skip
    add("--smoothing", type=float, help="of the labels, in training")
    add("--images", type=int, help="train on this many images only; 0 for all")
    options, chosen = runner.parse(parser, arguments, EXPERIMENTS, DEFAULTS, SMOKE, "fashion_vit")
    return runner.run_each(options, chosen, run, load)


if __name__ == "__main__":
    sys.exit(main())
