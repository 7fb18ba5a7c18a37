"""Trains your Vision Transformer on CIFAR-10: the seven experiments of problem 3.

    python run_exp_vit.py --exp 1 --data DIR            one experiment; or several, or `all`
    python run_exp_vit.py --exp wide --embed-dim 384    one of your own, under any other name
    python run_exp_vit.py --smoke                       all seven in seconds, tiny and offline

The results go to logs/vit/exp1/ and so on; `python -m lab.report logs` makes figures and tables of
them. Give the same command again to resume a run that was stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab import logs, runner
from lab.attention_maps import save_attention
from lab.images import CIFAR10_STATS, Images, ImageTask, cifar10, scaled, three_splits
from lab.machine import set_seed
from lab.settings import Settings, defaults
from lab.training import Trainer

import torch
from vit_solution import VisionTransformer

EXPERIMENTS: dict[int, runner.Config] = {
    1: {"block": "prenorm", "layers": 2, "optimizer": "adam"},
    2: {"block": "prenorm", "layers": 2, "optimizer": "adamw"},
    3: {"block": "prenorm", "layers": 2, "optimizer": "sgd"},
    4: {"block": "prenorm", "layers": 2, "optimizer": "momentum"},
    5: {"block": "prenorm", "layers": 4, "optimizer": "adamw"},
    6: {"block": "prenorm", "layers": 6, "optimizer": "adamw"},
    7: {"block": "postnorm", "layers": 6, "optimizer": "adamw"},
}
MODEL = {"block": "prenorm", "layers": 4, "embed_dim": 256, "hidden_dim": 512, "heads": 8,
         "patch_size": 4, "dropout": 0.0, "padding": 4}  # fmt: skip
DEFAULTS = {**MODEL, **defaults(epochs=10, batch_size=128, lr=3e-4)}
SMOKE = {"embed_dim": 32, "hidden_dim": 64, "heads": 4, "epochs": 2, "batch_size": 30, "lr": 2e-3}
VALIDATION = 10  # one training image in ten: 5,000 of the 50,000
SHOWN = 8  # validation images whose attention maps are saved


def arguments(config: runner.Config) -> dict[str, Any]:
    """The arguments of VisionTransformer for an experiment, with images of 32 x 32 pixels."""
    return {
        "embed_dim": config["embed_dim"],
        "hidden_dim": config["hidden_dim"],
        "num_heads": config["heads"],
        "num_layers": config["layers"],
        "patch_size": config["patch_size"],
        "num_patches": (32 // config["patch_size"]) ** 2,
        "block": config["block"],
        "dropout": config["dropout"],
    }


def run(config: runner.Config, folder: Path, device: torch.device, data: Any) -> dict[str, Any]:
    """Train one configuration, and save its best weights and its attention maps."""
    settings = Settings.from_config(config)
    set_seed(settings.seed, settings.deterministic)
    task = ImageTask(data, CIFAR10_STATS, device, config["padding"])
    model = VisionTransformer(**arguments(config))
    options = {"model": "vit", **config, "classes": list(task.classes)}
    trainer = Trainer(model, task, settings, folder, device, options)
    result = trainer.fit()
    trainer.load_best()
    logs.write_checkpoint(folder / "vit.safetensors", model, arguments(config))
    path = folder / "attention.npz"
    if not path.exists():
        few = data["valid"].part(torch.arange(SHOWN))
        inputs = scaled(few.pixels.to(device), CIFAR10_STATS)
        beside = {"images": few.pixels.numpy(), "labels": few.labels.numpy()}
        if not save_attention(model, inputs, path, classes=task.classes, **beside):
            print("No attention maps: `forward` does not call your `get_attention_weights`.")
    return result


def load(root: Path) -> dict[str, Images]:
    """The three splits."""
    return three_splits(cifar10, root, VALIDATION)


def main(arguments: Sequence[str] | None = None) -> str | int:
    """Run the experiments of the command line; returns the problem, or 0."""
    parser = argparse.ArgumentParser(description="Train your Vision Transformer on CIFAR-10.")
    add = parser.add_argument_group("model").add_argument
    add("--block", choices=["prenorm", "postnorm"])
    add("--layers", type=int)
    add("--embed-dim", type=int)
    add("--hidden-dim", type=int)
    add("--heads", type=int)
    add("--patch-size", type=int)
    add("--dropout", type=float)
    add("--padding", type=int, help="pixels around training images, for random crops; 0: no change")
    options, chosen = runner.parse(parser, arguments, EXPERIMENTS, DEFAULTS, SMOKE, "vit")
    return runner.run_each(options, chosen, run, load)


if __name__ == "__main__":
    sys.exit(main())
