"""Draws the figures of this assignment: python draw.py"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

HERE = Path(__file__).resolve().parent
BLUE, GREEN, YELLOW, GREY = "#9fc5e8", "#b6d7a8", "#f6d27a", "#d9d9d9"


def canvas(width: float, height: float, right: float, top: float) -> Any:
    """An empty picture with its own units."""
    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    axes.set(xlim=(0, right), ylim=(0, top), aspect="equal")
    axes.axis("off")
    return figure, axes


def box(axes: Any, x: float, y: float, w: float, h: float, text: str, color: str) -> None:
    """A rounded box with its lower left corner at (x, y)."""
    style = "round,pad=0,rounding_size=0.12"
    axes.add_patch(FancyBboxPatch((x, y), w, h, boxstyle=style, fc=color, ec="black", lw=0.8))
    axes.text(x + w / 2, y + h / 2, text, ha="center", va="center", fontsize=10)


def arrow(axes: Any, start: tuple[float, float], end: tuple[float, float], text: str = "",
          shift: tuple[float, float] = (0.0, 0.0), color: str = "black") -> None:  # fmt: skip
    """An arrow, and a label beside its middle."""
    axes.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, color=color, lw=1.1,
                        shrinkA=0, shrinkB=0)
    )  # fmt: skip
    middle = (start[0] + end[0]) / 2 + shift[0], (start[1] + end[1]) / 2 + shift[1]
    axes.text(*middle, text, ha="center", va="center", fontsize=10, color=color)


def scalar_rnn() -> None:
    """The recurrent network of task 1 over four steps."""
    figure, axes = canvas(8.2, 3.3, 12.4, 5)
    for step in range(4):
        x = 1.6 + 2.6 * step
        box(axes, x, 2, 1.1, 0.9, f"$h_{step + 1}$", BLUE)
        box(axes, x, 0.1, 1.1, 0.8, f"$x_{step + 1}$", GREY)
        arrow(axes, (x + 0.55, 0.9), (x + 0.55, 2), "1", (0.22, 0))
        arrow(axes, (x - 1.5, 2.45), (x, 2.45), "-1", (0, 0.28), "#b03a2e")
    axes.text(0.05, 2.0, "$h_0 = 0$", fontsize=10)
    last = 1.6 + 2.6 * 3
    arrow(axes, (last + 0.55, 2.9), (last + 0.55, 4.05), "1000", (0.62, 0))
    box(axes, last, 4.05, 1.1, 0.8, "$y$", YELLOW)
    axes.text(last + 1.3, 4.45, "sigmoid", fontsize=9, va="center")
    figure.savefig(HERE / "scalar_rnn.png", dpi=110)
    plt.close(figure)


def matrix(axes: Any, x: float, y: float, w: float, h: float, text: str, color: str) -> None:
    """A matrix as a rectangle in proportion to its size, with its shape below."""
    axes.add_patch(Rectangle((x, y), w, h, fc=color, ec="black", lw=0.8))
    axes.text(x + w / 2, y + h / 2, text, ha="center", va="center", fontsize=10)


def linear_attention() -> None:
    """The two orders of the same product, drawn to scale: T = 3.4, D = E = 0.9."""
    figure, axes = canvas(9.6, 3.9, 17.6, 6.6)
    T, D = 3.4, 0.9
    axes.text(3.6, 6.2, "weights first: (Q K$^T$) V", ha="center", fontsize=11)
    matrix(axes, 0.2, 1.7, D, T, "Q", BLUE)
    matrix(axes, 1.5, 4.2, T, D, "K$^T$", GREEN)
    matrix(axes, 1.5, 0.6, T, T, "T x T\nweights", "#ea9999")
    matrix(axes, 5.4, 0.6, D, T, "V", YELLOW)
    axes.text(3.2, 0.2, "numbers: T $\\cdot$ T", ha="center", fontsize=10)
    axes.axvline(7.7, 0.05, 0.95, color="grey", lw=0.8)
    axes.text(12.7, 6.2, "summary first: Q (K$^T$ V)", ha="center", fontsize=11)
    matrix(axes, 8.4, 1.7, D, T, "Q", BLUE)
    matrix(axes, 10.2, 4.2, T, D, "K$^T$", GREEN)
    matrix(axes, 14.1, 1.9, D, T, "V", YELLOW)
    axes.text(13.75, 4.65, "$\\cdot$", fontsize=16, ha="center", va="center")
    axes.text(15.3, 3.6, "=", fontsize=13, ha="center", va="center")
    matrix(axes, 15.8, 3.15, D, D, "D x E", "#ea9999")
    axes.text(13.3, 0.6, "numbers: T $\\cdot$ D and D $\\cdot$ E, however long the sequence",
              ha="center", fontsize=10)  # fmt: skip
    figure.savefig(HERE / "linear_attention.png", dpi=110)
    plt.close(figure)


def sentiment_model() -> None:
    """Encoder, GRU and output over one review with padding."""
    figure, axes = canvas(9.2, 4.6, 15.6, 7.9)
    words = ("[CLS]", "not", "bad", "[SEP]", "[PAD]", "[PAD]")
    for place, word in enumerate(words):
        x, kept = 2.0 + 1.75 * place, word != "[PAD]"
        box(axes, x, 0.9, 1.45, 0.7, word, GREY if kept else "white")
        axes.text(x + 0.72, 0.5, str(int(kept)), ha="center", fontsize=10)
        arrow(axes, (x + 0.72, 1.6), (x + 0.72, 2.3))
        if kept:
            arrow(axes, (x + 0.72, 3.2), (x + 0.72, 4.0))
            box(axes, x + 0.1, 4.0, 1.25, 0.65, "GRU", BLUE)
            box(axes, x + 0.1, 5.0, 1.25, 0.65, "GRU", GREEN)
    axes.text(0.1, 1.25, "tokens", va="center", fontsize=10)
    axes.text(0.1, 0.6, "mask", va="center", fontsize=10)
    box(axes, 1.9, 2.3, 10.4, 0.9, "encoder: frozen, gets tokens and mask", YELLOW)
    axes.text(0.1, 4.3, "forward", va="center", fontsize=10)
    axes.text(0.1, 5.3, "backward", va="center", fontsize=10)
    for place in range(3):
        x = 2.0 + 1.75 * place
        arrow(axes, (x + 1.35, 4.32), (x + 1.85, 4.32))
        arrow(axes, (x + 1.85, 5.32), (x + 1.35, 5.32))
    arrow(axes, (8.6, 4.32), (9.9, 6.55))
    arrow(axes, (2.72, 5.65), (8.9, 6.85))
    box(axes, 8.9, 6.55, 3.1, 0.8, "both final states", GREY)
    arrow(axes, (12.0, 6.95), (12.7, 6.95))
    box(axes, 12.7, 6.55, 2.6, 0.8, "dropout, linear", YELLOW)
    axes.text(14.0, 6.1, "one logit", ha="center", fontsize=10)
    figure.savefig(HERE / "sentiment_model.png", dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    scalar_rnn()
    linear_attention()
    sentiment_model()
