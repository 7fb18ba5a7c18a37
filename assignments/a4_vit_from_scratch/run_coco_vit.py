"""Trains your vision transformer and a small convolutional network on five classes of COCO.

    python run_coco_vit.py --exp all --data data        1: your ViT, 2: the baseline
    python run_coco_vit.py --exp wide --embed-dim 256   one of your own, under any other name
    python run_coco_vit.py --smoke                      both in seconds, tiny and offline

`--data` is what coco_subset.py wrote. The results go to logs/coco/exp1/ and logs/coco/exp2/;
`python -m lab.report logs` makes the loss curves, the confusion matrices and a table of them.
Give the same command again to resume a run that was stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab import logs, runner
from lab.images import COCO_CLASSES, COCO_STATS, ImageTask, coco_subset
from lab.machine import set_seed
from lab.settings import Settings, defaults
from lab.training import Trainer

import torch
from torch import Tensor, nn
from vit_from_scratch_solution_template import ViT

EXPERIMENTS: dict[int, runner.Config] = {1: {"model": "vit"}, 2: {"model": "cnn"}}
MODEL = {"model": "vit", "patch_size": 16, "embed_dim": 64, "depth": 4, "heads": 4,
         "hidden_dim": 128, "width": 32, "padding": 4}  # fmt: skip
TRAINING = {"epochs": 20, "batch_size": 64, "lr": 1e-3, "weight_decay": 0.05, "schedule": "cosine",
            "warmup": 0.3}  # fmt: skip
OF_ONE_MODEL = {  # options that do not apply to the other one
    "vit": {"patch_size", "embed_dim", "depth", "heads", "hidden_dim"},
    "cnn": {"width"},
}
DEFAULTS = {**MODEL, **defaults(**TRAINING, test=False)}
SMOKE = {"embed_dim": 32, "hidden_dim": 64, "width": 8, "epochs": 4, "batch_size": 20, "lr": 5e-3}


class ConvNet(nn.Module):
    """The baseline, a convolutional network: four stages, each halves the image."""

    def __init__(self, num_classes: int = 5, width: int = 32) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        channels = 3
        for stage in range(4):
            wider = width * 2 ** min(stage, 2)
            stages += [nn.Conv2d(channels, wider, 3, padding=1), nn.BatchNorm2d(wider), nn.ReLU(),
                       nn.MaxPool2d(2)]  # fmt: skip
            channels = wider
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, 64, 64) -> (B, num_classes) logits."""
        return self.head(self.stages(images).mean(dim=(2, 3)))


def arguments(config: runner.Config) -> dict[str, Any]:
    """The arguments of ViT for an experiment."""
    same = {name: config[name] for name in ("patch_size", "embed_dim", "depth", "hidden_dim")}
    return {**same, "num_heads": config["heads"]}


def run(config: runner.Config, folder: Path, device: torch.device, data: Any) -> dict[str, Any]:
    """Train one configuration; for a ViT, write the best weights for your submission."""
    settings = Settings.from_config(config)
    set_seed(settings.seed, settings.deterministic)
    task = ImageTask(data, COCO_STATS, device, config["padding"])
    is_vit = config["model"] == "vit"
    model: nn.Module = ViT(**arguments(config)) if is_vit else ConvNet(width=config["width"])
    others = OF_ONE_MODEL["cnn" if is_vit else "vit"]
    known = {name: value for name, value in config.items() if name not in others}
    options = {**known, "classes": list(COCO_CLASSES)}
    trainer = Trainer(model, task, settings, folder, device, options)
    result = trainer.fit()
    if is_vit:
        trainer.load_best()
        logs.write_checkpoint(folder / "vit.safetensors", model, arguments(config))
    return result


def load(root: Path) -> dict[str, Any]:
    """The two splits. There is no third one: what is reported is on the validation images."""
    names = {"train": "train", "valid": "validation"}
    return {split: coco_subset(root, name) for split, name in names.items()}


def main(arguments: Sequence[str] | None = None) -> str | int:
    """Run the experiments of the command line; returns the problem, or 0."""
    parser = argparse.ArgumentParser(description="Train a vision transformer and a ConvNet.")
    add = parser.add_argument_group("model").add_argument
    add("--model", choices=["vit", "cnn"])
    add("--patch-size", type=int)
    add("--embed-dim", type=int)
    add("--depth", type=int)
    add("--heads", type=int)
    add("--hidden-dim", type=int)
    add("--width", type=int, help="channels of the ConvNet's first stage")
    add("--padding", type=int, help="pixels around training images, for random crops; 0: no change")
    options, chosen = runner.parse(parser, arguments, EXPERIMENTS, DEFAULTS, SMOKE, "coco")
    return runner.run_each(options, chosen, run, load)


if __name__ == "__main__":
    sys.exit(main())
