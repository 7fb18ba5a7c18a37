"""Trains a network of GRUs on CIFAR-10, read as a 16 x 16 grid of 2 x 2 patches.

    python run_gru.py --exp 1 --data DIR              over rows and columns in turn, three grids
    python run_gru.py --exp 2 --data DIR              five more epochs for the best of the first
    python run_gru.py --exp 3 --data DIR              as one sequence of 256 tokens
    python run_gru.py --exp wide --hidden 64 128 192  one of your own, under any other name
    python run_gru.py --smoke                         all in seconds, tiny and offline

The results go to logs/gru/exp1/ and so on. A run that was stopped goes on when the same command is
given again. 5,000 training images are kept for validation; the test images are looked at once,
after training, with the weights that did best on those.

A GRU that reads 256 tokens in a row has to carry the first one through 255 steps. `--order sweep`
spares it that, as ReNet does (Visin et al. 2015, arXiv:1505.00393): one GRU, in both directions,
reads every row of the grid, another one every column of what the first has written, so that each
token has seen the whole image after 16 + 16 steps. Then four neighbours become one token, and the
next pair of GRUs, with wider states, reads the smaller grid.

Experiment 2 lets the learning rate rise once more (Loshchilov and Hutter 2016, arXiv:1608.03983)
and is measured by the mean of what the model says to an image and to its mirror image.
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
from lab.training import Trainer, load_best

import torch
from torch import Tensor, nn

EXPERIMENTS: dict[int, runner.Config] = {
    1: {"order": "sweep"},
    2: {"begin_with": "exp1", "both_ways": True, "epochs": 5, "lr": 1.5e-3, "dropout": 0.3,
        "smoothing": 0.1},
    3: {"order": "scan", "hidden": [128, 128], "embed_dim": 64},
}  # fmt: skip
MODEL = {"order": "sweep", "embed_dim": 32, "hidden": [32, 96, 160], "dropout": 0.1, "padding": 4,
         "smoothing": 0.05, "begin_with": "", "both_ways": False}  # fmt: skip
TRAINING = {"epochs": 15, "batch_size": 128, "lr": 3e-3, "weight_decay": 0.05, "clip": 1.0,
            "schedule": "cosine", "warmup": 0.1}  # fmt: skip
DEFAULTS = {**MODEL, **defaults(**TRAINING)}
SMOKE = {"embed_dim": 8, "hidden": [8, 12], "epochs": 2, "batch_size": 30}
VALIDATION = 10  # one training image in ten: 5,000 of the 50,000


class Sweep(nn.Module):
    """Every token of a grid reads the whole grid: first its row, then all rows' answers, by column.

    Takes (H, W, B, I) and returns (H, W, B, 2 * hidden): the batch comes third, so that rows and
    columns are batches of sequences without a copy of the grid for the columns.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.rows = nn.GRU(inputs, hidden, bidirectional=True)
        self.columns = nn.GRU(2 * hidden, hidden, bidirectional=True)
        self.norm_rows, self.norm = nn.LayerNorm(2 * hidden), nn.LayerNorm(2 * hidden)

    def forward(self, grid: Tensor) -> Tensor:
        """Read along the rows, then along the columns; the second answer is added to the first."""
        height, width, batch, _ = grid.shape
        states, _ = self.rows(grid.transpose(0, 1).flatten(1, 2))  # (W, H * B, 2 * hidden)
        across = self.norm_rows(states.unflatten(1, (height, batch)).transpose(0, 1))
        states, _ = self.columns(across.flatten(1, 2))  # (H, W * B, 2 * hidden)
        return self.norm(across + states.unflatten(1, (width, batch)))


def merge(grid: Tensor) -> Tensor:
    """Lay the four tokens of each 2 x 2 square behind one another: (H/2, W/2, B, 4 * C)."""
    height, width, batch, features = grid.shape
    squares = grid.reshape(height // 2, 2, width // 2, 2, batch, features)
    return squares.permute(0, 2, 4, 1, 3, 5).flatten(3)


class SweepGRU(nn.Module):
    """(B, 3, 32, 32) -> (B, 10): sweeps over ever smaller grids, and the mean of the last one."""

    def __init__(self, embed_dim: int, hidden: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, embed_dim, kernel_size=2, stride=2)
        inputs = [embed_dim, *(8 * width for width in hidden[:-1])]  # 4 tokens, 2 directions
        self.sweeps = nn.ModuleList(map(Sweep, inputs, hidden))
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * hidden[-1], 10))

    def forward(self, images: Tensor) -> Tensor:
        """Logits of every image."""
        grid = self.embed(images).permute(2, 3, 0, 1)  # (H, W, B, C)
        for number, sweep in enumerate(self.sweeps):
            grid = sweep(merge(grid) if number else grid)
        return self.head(grid.mean(dim=(0, 1)))


class ScanGRU(nn.Module):
    """(B, 3, 32, 32) -> (B, 10): one sequence of 256 tokens, row by row; the mean of all states."""

    def __init__(self, embed_dim: int, hidden: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, embed_dim, kernel_size=2, stride=2)
        self.norm, width = nn.LayerNorm(embed_dim), hidden[0]
        self.gru = nn.GRU(embed_dim, width, len(hidden), bidirectional=True, dropout=dropout)
        self.head = nn.Sequential(nn.LayerNorm(2 * width), nn.Linear(2 * width, 10))

    def forward(self, images: Tensor) -> Tensor:
        """Logits of every image."""
        tokens = self.embed(images).flatten(2).permute(2, 0, 1)  # (256, B, C)
        states, _ = self.gru(self.norm(tokens))
        return self.head(states.mean(dim=0))


def build(config: runner.Config) -> nn.Module:
    """The model of an experiment."""
    kind = SweepGRU if config["order"] == "sweep" else ScanGRU
    return kind(config["embed_dim"], config["hidden"], config["dropout"])


def run(config: runner.Config, folder: Path, device: torch.device, data: Any) -> dict[str, Any]:
    """Train one configuration."""
    settings = Settings.from_config(config)
    set_seed(settings.seed, settings.deterministic)
    varied = {name: config[name] for name in ("padding", "smoothing", "both_ways")}
    task = ImageTask(data, CIFAR10_STATS, device, **varied)
    options = {"model": "gru", **config, "classes": list(task.classes)}
    model = build(config)
    if before := config["begin_with"]:
        load_best(model, folder.parent / before, device, f"train {before} first")
    return Trainer(model, task, settings, folder, device, options).fit()


def load(root: Path) -> dict[str, Images]:
    """The three splits."""
    return three_splits(cifar10, root, VALIDATION)


def main(arguments: Sequence[str] | None = None) -> str | int:
    """Run the experiments of the command line; returns the problem, or 0."""
    parser = argparse.ArgumentParser(description="Train GRUs on CIFAR-10.")
    add = parser.add_argument_group("model").add_argument
    add("--order", choices=["sweep", "scan"], help="rows and columns in turn, or one sequence")
    add("--embed-dim", type=int, help="features of a token")
    add("--hidden", type=int, nargs="+",
        help="features of a state, grid by grid, or (scan: all alike) layer by layer")  # fmt: skip
    add("--dropout", type=float)
    add("--padding", type=int, help="pixels around training images, for random crops; 0: no change")
    add("--smoothing", type=float, help="of the labels, in training")
    add("--begin-with", metavar="RUN", help="a run beside this one, for its best weights: exp1")
    add("--both-ways", action=argparse.BooleanOptionalAction, default=None,
        help="measure the mean over an image and its mirror image")  # fmt: skip
    options, chosen = runner.parse(parser, arguments, EXPERIMENTS, DEFAULTS, SMOKE, "gru")
    return runner.run_each(options, chosen, run, load)


if __name__ == "__main__":
    sys.exit(main())
