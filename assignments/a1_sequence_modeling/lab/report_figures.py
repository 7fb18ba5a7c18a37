"""The pictures of a report: learning curves, confusion matrices, attention maps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogFormatter, MaxNLocator, PercentFormatter

Line = dict[str, Any]  # an epoch, as in log.jsonl
METRICS = {"acc": "accuracy", "ppl": "perplexity per token"}
UNITS = ((2 * 3600, 3600, "hours"), (120, 60, "minutes"), (0, 1, "seconds"))
SPLITS = {"train": "training", "valid": "validation"}
_SHOWN = 4  # images in a figure of attention maps


def save(figure: Any, path: Path) -> None:
    """Write a figure as PNG, about 1000 pixels wide."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, facecolor="white")
    plt.close(figure)


def clock(history: Sequence[Line]) -> list[float]:
    """Seconds from the start of the run to the end of each epoch."""
    return list(accumulate(line["train_time"] + line["valid_time"] for line in history))


def time_unit(longest: float) -> tuple[int, str]:
    """Seconds in the unit that suits, and its name."""
    return next((size, name) for least, size, name in UNITS if longest >= least)


def draw_curves(history: Sequence[Line], metric: str, best: int, path: Path) -> None:
    """Loss and metric of one run over epochs and over wall-clock time, as two rows."""
    size, unit = time_unit(clock(history)[-1])
    steps = {"epoch": [line["epoch"] for line in history],
             f"wall-clock time ({unit})": [t / size for t in clock(history)]}  # fmt: skip
    figure, grid = plt.subplots(2, 2, figsize=(9, 6.2), sharey="row", layout="constrained")
    for row, (what, name) in zip(grid, (("loss", "loss"), (metric, METRICS[metric])), strict=True):
        for axes, (label, x) in zip(row, steps.items(), strict=True):
            for split, long in SPLITS.items():
                values = [line[f"{split}_{what}"] for line in history]
                axes.plot(x, values, marker="o", markersize=4, label=long)
            at = best - 1
            axes.plot(x[at], history[at][f"valid_{what}"], "o", markersize=11, color="tab:red",
                      markerfacecolor="none", label=f"best epoch ({best})")  # fmt: skip
            _label(axes, label, what)
        row[0].set_ylabel(name)
    grid[0, 1].legend()
    save(figure, path)


def draw_comparison(runs: Sequence[tuple[str, Sequence[Line]]], metric: str, path: Path) -> None:
    """Training (above) and validation metric of several runs, over epochs and wall-clock time."""
    size, unit = time_unit(max(clock(history)[-1] for _, history in runs))
    figure, grid = plt.subplots(2, 2, figsize=(9, 7.4), sharey="row", layout="constrained")
    colours = plt.get_cmap("tab10")
    marks = "osD^vP*X"
    for number, (label, history) in enumerate(runs):
        xs = ([line["epoch"] for line in history], [t / size for t in clock(history)])
        for row, split in zip(grid, SPLITS, strict=True):
            for axes, x in zip(row, xs, strict=True):
                values = [line[f"{split}_{metric}"] for line in history]
                axes.plot(x, values, marker=marks[number % 8], markersize=4,
                          color=colours(number % 10), label=label)  # fmt: skip
    for row, split in zip(grid, SPLITS, strict=True):
        row[0].set_ylabel(f"{SPLITS[split]} {METRICS[metric]}")
        for axes, label in zip(row, ("epoch", f"wall-clock time ({unit})"), strict=True):
            _label(axes, label, metric)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    save(figure, path)


def _label(axes: Any, x: str, what: str) -> None:
    axes.set_xlabel(x)
    axes.grid(alpha=0.3)
    if x == "epoch":
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if what == "acc":
        axes.yaxis.set_major_formatter(PercentFormatter(1))
    elif what == "ppl":
        axes.set_yscale("log")
        for tick in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            tick(LogFormatter(labelOnlyBase=False, minor_thresholds=(2, 0.5)))


def draw_confusion(matrices: dict[str, Any], classes: Sequence[str], path: Path) -> None:
    """Counts of images: a row for each true class, a column for each predicted one."""
    figure, row = plt.subplots(1, len(matrices), figsize=(4.9 * len(matrices), 5.1), squeeze=False,
                               layout="constrained")  # fmt: skip
    for axes, (name, counts) in zip(row[0], matrices.items(), strict=True):
        matrix = np.asarray(counts)
        axes.imshow(matrix, cmap="Blues")
        for (true, predicted), count in np.ndenumerate(matrix):
            colour = "black" if count < 0.6 * matrix.max() else "white"
            axes.text(predicted, true, str(count), ha="center", va="center", color=colour,
                      fontsize=7)  # fmt: skip
        axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
        axes.set_yticks(range(len(classes)), classes)
        share = np.trace(matrix) / matrix.sum()
        axes.set(xlabel="predicted class", ylabel="true class",
                 title=f"{name}, {share:.2%} correct")  # fmt: skip
    save(figure, path)


def draw_attention(stored: Any, path: Path) -> None:
    """Images, attention through all layers, and that of each layer (the mean of its heads)."""
    images, weights, rollout = stored["images"], stored["class_token"], stored["rollout"]
    classes, labels, predicted = (stored[name] for name in ("classes", "labels", "predicted"))
    layers, side = weights.shape[1], round(rollout.shape[1] ** 0.5)
    titles = ["all layers", *(f"layer {i}" for i in range(1, layers + 1))]
    shown = min(_SHOWN, len(images))
    size = (1.3 * len(titles) + 2.3, 1.5 * shown + 0.4)
    figure, grid = plt.subplots(
        shown, 1 + len(titles), squeeze=False, layout="constrained", figsize=size
    )
    for i, row in enumerate(grid):
        pixels = images[i].transpose(1, 2, 0)
        maps = [rollout[i], *weights[i].astype(np.float32).mean(axis=1)]
        row[0].imshow(pixels.squeeze(), cmap="gray")
        row[0].set_ylabel(f"{classes[labels[i]]}\n(predicted: {classes[predicted[i]]})", fontsize=8)
        for axes, values in zip(row[1:], maps, strict=True):
            axes.imshow(values.reshape(side, side), cmap="magma", vmin=0)
        for axes in row:
            axes.set_xticks([])
            axes.set_yticks([])
    for axes, title in zip(grid[0], ["image", *titles], strict=True):
        axes.set_title(title, fontsize=9)
    save(figure, path)
