"""Draws the figures of this assignment: python draw.py"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

HERE = Path(__file__).resolve().parent


def photograph() -> np.ndarray:
    """A 64 x 64 landscape with a sun, (64, 64, 3)."""
    y, x = np.mgrid[0:64, 0:64] / 63
    sky = np.stack([0.55 + 0.3 * y, 0.72 + 0.15 * y, 0.95 - 0.1 * y], axis=-1)
    hill = y > 0.68 + 0.12 * np.sin(5 * x)
    sky[hill] = np.stack([0.3 + 0.2 * x, 0.55 + 0.1 * x, 0.28 + 0 * x], axis=-1)[hill]
    sky[(x - 0.72) ** 2 + (y - 0.27) ** 2 < 0.015] = (1.0, 0.87, 0.4)
    return np.clip(sky, 0, 1)


def patches() -> None:
    """The image, its grid, and the sequence of tokens."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.5, 3.2), layout="constrained", width_ratios=[1, 2.2]
    )
    image = photograph()
    left.imshow(image)
    for line in range(0, 65, 16):
        left.axhline(line - 0.5, color="white", lw=1)
        left.axvline(line - 0.5, color="white", lw=1)
    for number in range(16):
        left.text(number % 4 * 16 + 8, number // 4 * 16 + 8, str(number + 1), color="black",
                  ha="center", va="center", fontsize=10)  # fmt: skip
    left.set(xticks=[0, 16, 32, 48, 64], yticks=[0, 16, 32, 48, 64])
    left.set_title("64 x 64 pixels, patches of 16 x 16", fontsize=10)

    right.set(xlim=(-0.2, 17.4), ylim=(-1.6, 2.6))
    right.axis("off")
    for number in range(17):
        if number:
            row, column = divmod(number - 1, 4)
            cut = image[row * 16 : row * 16 + 16, column * 16 : column * 16 + 16]
            right.imshow(cut, extent=(number, number + 0.85, 0, 0.85), aspect="auto")
        else:
            right.add_patch(Rectangle((0, 0), 0.85, 0.85, color="#f0b429"))
            right.text(0.42, 0.42, "cls", ha="center", va="center", fontsize=9)
        right.text(number + 0.42, -0.45, str(number), ha="center", fontsize=9)
        right.add_patch(
            FancyArrowPatch((number + 0.42, 0.95), (number + 0.42, 1.55), arrowstyle="->",
                            mutation_scale=8, color="grey")
        )  # fmt: skip
        right.add_patch(Rectangle((number + 0.22, 1.6), 0.4, 0.75, color="#9fc5e8"))
    right.text(8.7, -1.3, "17 tokens: the class token, then the patches row by row", ha="center")
    figure.savefig(HERE / "patches.png", dpi=110)
    plt.close(figure)


def softmax_axis() -> None:
    """Weights of one head with the softmax over the keys, and over the queries."""
    scores = np.random.default_rng(4).normal(0, 1.4, (6, 6))
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.9), layout="constrained")
    for axis, where, title in (
        (axes[0], 1, "right: over the keys,\neach row adds up to 1"),
        (axes[1], 0, "wrong: over the queries,\neach column adds up to 1"),
    ):
        weights = np.exp(scores) / np.exp(scores).sum(axis=where, keepdims=True)
        axis.imshow(weights, cmap="viridis", vmin=0, vmax=1)
        for row in range(6):
            axis.text(6.15, row, f"{weights[row].sum():.2f}", va="center", fontsize=9)
            for column in range(6):
                light = weights[row, column] < 0.6
                axis.text(column, row, f"{weights[row, column]:.2f}", ha="center", va="center",
                          fontsize=8, color="white" if light else "black")  # fmt: skip
        axis.set(xlabel="key", ylabel="query", xlim=(-0.5, 7.4), xticks=range(6))
        axis.text(6.15, -0.75, "sum", fontsize=9)
        axis.spines[["top", "right", "bottom", "left"]].set_visible(False)
        axis.set_title(title, fontsize=10, pad=14)
    figure.savefig(HERE / "softmax_axis.png", dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    patches()
    softmax_axis()
