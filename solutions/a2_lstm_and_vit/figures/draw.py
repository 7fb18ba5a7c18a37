"""Draw the figures of assignment a2. Run `python draw.py`; each function writes one PNG here."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

HERE = Path(__file__).parent
BLUE, ORANGE, GREEN, GREY = "#bcd7ee", "#f8d3ae", "#c9e4c5", "#ececec"
INK, SOFT, RED = "#222222", "#707070", "#c0392b"
HEADS = (BLUE, ORANGE, GREEN)


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty picture 1000 px wide, `width` by `height` in its own units."""
    figure = plt.figure(figsize=(10, 10 * height / width), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def finish(figure: Figure, name: str) -> None:
    figure.savefig(HERE / f"{name}.png", facecolor="white", metadata={"Software": None})
    plt.close(figure)


def write(axes: Axes, x: float, y: float, text: str, size: float = 15, colour: str = INK) -> None:
    axes.text(x, y, text, ha="center", va="center", fontsize=size, color=colour, zorder=4)


def block(
    axes: Axes, x: float, y: float, width: float, height: float, text: str, fill: str
) -> None:
    """A rounded box centred on (x, y)."""
    corner = (x - width / 2, y - height / 2)
    shape = "round,pad=0,rounding_size=0.12"
    axes.add_patch(
        FancyBboxPatch(corner, width, height, boxstyle=shape, fc=fill, ec=INK, lw=1.4, zorder=3)
    )
    write(axes, x, y, text)


def path(axes: Axes, *corners: tuple[float, float], colour: str = INK, width: float = 1.6) -> None:
    """A line through the corners with an arrow head at its end."""
    xs, ys = zip(*corners, strict=True)
    axes.plot(xs[:-1], ys[:-1], color=colour, lw=width, zorder=1, solid_capstyle="butt")
    head = {"arrowstyle": "-|>", "color": colour, "lw": width, "shrinkA": 0, "shrinkB": 0}
    head["mutation_scale"] = 16
    axes.annotate("", corners[-1], corners[-2], arrowprops=head, zorder=2)


def plus(axes: Axes, x: float, y: float) -> None:
    axes.add_patch(Circle((x, y), 0.24, fc="white", ec=RED, lw=2, zorder=3))
    write(axes, x, y, "+", 20, RED)


def norm_placement() -> None:
    """The post-norm block beside the pre-norm block; the residual path is red."""
    figure, axes = sheet(10, 8.2)
    parts = {
        "layer_norm_1": ORANGE,
        "attn": BLUE,
        "layer_norm_2": ORANGE,
        "linear": GREEN,
        "+": "",
    }
    orders = {
        "Post-norm": ("attn", "+", "layer_norm_1", "linear", "+", "layer_norm_2"),
        "Pre-norm": ("layer_norm_1", "attn", "+", "layer_norm_2", "linear", "+"),
    }
    bottom, step = 1.45, 0.98
    for x, (title, order) in zip((2.9, 7.7), orders.items(), strict=True):
        heights = [bottom + step * i for i in range(len(order))]
        stops = [0.62, *heights, 7.0]
        write(axes, x, 7.85, title, 20)
        write(axes, x, 0.36, "inputs", 16)
        write(axes, x, 7.25, "outputs", 16)

        start = 0.62
        for i, (part, y) in enumerate(zip(order, heights, strict=True)):
            below = stops[i] + (0 if i == 0 else 0.24 if order[i - 1] == "+" else 0.31)
            path(axes, (x, below), (x, y - (0.24 if part == "+" else 0.31)))
            if part == "+":
                plus(axes, x, y)
                fork, side = start + 0.22, x - 1.6
                corners = ((x, fork), (side, fork), (side, y), (x - 0.24, y))
                path(axes, *corners, colour=RED, width=3)
                start = y + (0.24 if title == "Pre-norm" else step + 0.31)  # past the norm
            else:
                block(axes, x, y, 2.2, 0.62, part, parts[part])
        last = 0.24 if order[-1] == "+" else 0.31
        path(axes, (x, heights[-1] + last), (x, stops[-1]))
    axes.plot((5.05, 5.05), (0.3, 7.9), color="#cccccc", lw=1.2)
    finish(figure, "norm_placement")


def split_heads() -> None:
    """One sequence x, T x (H * dim), and its heads y, H x T x dim, for H = 3, T = 5, dim = 4."""
    heads, length, dim = 3, 5, 4
    head, t, feature = 1, 2, 3
    size = 0.62
    figure, axes = sheet(13, 10.4)

    def grid(left: float, top: float, columns: int, fill: list[str], names: float) -> None:
        for row in range(length):
            write(axes, left - 0.3, top - (row + 0.5) * size, str(row), 14, SOFT)
            for column in range(columns):
                corner = (left + column * size, top - (row + 1) * size)
                axes.add_patch(
                    Rectangle(corner, size, size, fc=fill[column], ec="white", lw=2, zorder=2)
                )
        for column in range(columns):
            write(axes, left + (column + 0.5) * size, names, str(column), 14, SOFT)

    def mark(left: float, top: float, row: int, column: int) -> tuple[float, float]:
        corner = (left + column * size, top - (row + 1) * size)
        axes.add_patch(Rectangle(corner, size, size, fc=RED, ec=INK, lw=2, zorder=3))
        return corner[0] + size / 2, corner[1] + size / 2

    left, top = 2.78, 9.1
    grid(left, top, heads * dim, [HEADS[c // dim] for c in range(heads * dim)], top + 0.26)
    write(axes, left + heads * dim * size / 2, 10.08, f"x[0]:  T × (H·dim) = {length} × 12", 18)
    upper = mark(left, top, t, head * dim + feature)

    tops, lower = 4.2, (0.0, 0.0)
    for h in range(heads):
        x = 1.16 + 4.1 * h
        floor = tops - length * size
        grid(x, tops, dim, [HEADS[h]] * dim, floor - 0.26)
        write(axes, x + dim * size / 2, floor - 0.72, f"y[0, {h}]:  T × dim", 18)
        if h == head:
            lower = mark(x, tops, t, feature)
    path(axes, (upper[0], upper[1] - size / 2), (lower[0], lower[1] + size / 2), colour=RED)
    write(axes, 10.15, 5.52, "x[0, 2, dim·1 + 3] = x[0, 2, 7]", 18, RED)
    write(axes, 10.15, 4.92, "= y[0, 1, 2, 3]", 18, RED)
    write(axes, 3.6, 5.2, "H = 3 heads, T = 5, dim = 4", 18)
    finish(figure, "split_heads")


def lstm_language_model() -> None:
    """The language model over four steps, the last of them padding."""
    figure, axes = sheet(12, 8.1)
    source = ("the", "cat", "sat", "<pad>")
    target = ("cat", "sat", "down", "<pad>")
    rows = {"token": 0.5, "embedding": 1.65, "lstm": 3.0, "classifier": 4.4, "log": 5.65}
    xs = [4.0 + 1.95 * i for i in range(len(source))]

    for i, x in enumerate(xs):
        real = source[i] != "<pad>"
        write(axes, x, rows["token"], source[i], 17, INK if real else SOFT)
        block(axes, x, rows["embedding"], 1.7, 0.66, "embedding", ORANGE)
        block(axes, x, rows["lstm"], 1.2, 0.9, "lstm", BLUE)
        block(axes, x, rows["classifier"], 1.7, 0.66, "classifier", GREEN)
        write(axes, x, rows["log"], r"$\log\,p$", 18)
        write(axes, x, 6.75, target[i], 17, INK if real else SOFT)
        write(axes, x, 7.5, str(int(real)), 17, INK if real else SOFT)
        path(axes, (x, 0.78), (x, 1.32))
        path(axes, (x, 1.98), (x, 2.55))
        path(axes, (x, 3.45), (x, 4.07))
        path(axes, (x, 4.73), (x, 5.35))
        end = xs[i + 1] - 0.6 if i + 1 < len(xs) else x + 1.0
        path(axes, (x + 0.6, 3.0), (end, 3.0))
    path(axes, (xs[0] - 1.05, 3.0), (xs[0] - 0.6, 3.0))
    write(axes, xs[0] - 1.05, 3.45, r"$h_0, c_0$", 17)
    write(axes, xs[-1] + 1.12, 3.45, r"$h_T, c_T$", 17)

    names = {
        0.5: "inputs  (B, T)",
        1.65: "vectors  (B, T, E)",
        3.0: "states",
        4.4: "logits  (B, T, V)",
        5.65: "log_softmax",
        6.75: "targets  (B, T)",
        7.5: "mask  (B, T)",
    }
    for y, name in names.items():
        axes.text(0.2, y, name, va="center", fontsize=15, color=SOFT)
    axes.plot((0.2, 11.8), (6.2, 6.2), color="#cccccc", lw=1.2)
    finish(figure, "lstm_language_model")


def vit_overview() -> None:
    """From an image of 3 x 3 patches to logits."""
    figure, axes = sheet(14, 8.1)
    side, pixels = 3, 8
    y, x = np.mgrid[0 : side * pixels, 0 : side * pixels] / (side * pixels - 1)
    disc = (x - 0.55) ** 2 + (y - 0.42) ** 2 < 0.1
    picture = np.stack((0.35 + 0.5 * y, 0.55 + 0.2 * x, 0.9 - 0.5 * y), axis=-1)
    picture[disc] = (0.98, 0.82, 0.35)

    def patch_at(index: int, left: float, bottom: float, size: float) -> None:
        row, column = divmod(index, side)
        rows = slice(row * pixels, (row + 1) * pixels)
        columns = slice(column * pixels, (column + 1) * pixels)
        extent = (left, left + size, bottom, bottom + size)
        axes.imshow(picture[rows, columns], extent=extent, zorder=2, aspect="auto")
        axes.add_patch(Rectangle((left, bottom), size, size, fc="none", ec=INK, zorder=3))

    for i in range(side**2):
        row, column = divmod(i, side)
        patch_at(i, 0.3 + 0.74 * column, 4.55 - 0.74 * row, 0.66)
        write(axes, 0.63 + 0.74 * column, 4.88 - 0.74 * row, str(i + 1), 13)
    write(axes, 1.4, 6.0, "image", 18)
    write(axes, 1.4, 2.5, "get_patches", 15, SOFT)

    top, step = 6.4, 0.66
    heights = [top - step * i for i in range(side**2 + 1)]
    write(axes, 3.35, 7.15, "patches", 18)
    write(axes, 6.1, 7.15, "tokens", 18)
    write(axes, 4.35, -0.15, "input_layer", 15, SOFT)
    path(axes, (2.56, 4.14), (3.0, 4.14))
    for i, h in enumerate(heights):
        if i > 0:
            patch_at(i - 1, 3.1, h - 0.26, 0.52)
            path(axes, (3.72, h), (5.0, h))
        fill = "#e8a79f" if i == 0 else BLUE
        axes.add_patch(Rectangle((5.05, h - 0.23), 1.0, 0.46, fc=fill, ec=INK, lw=1.2, zorder=2))
        write(axes, 5.55, h, "class" if i == 0 else str(i), 14)
        write(axes, 6.25, h, "+", 16)
        axes.add_patch(Rectangle((6.45, h - 0.23), 0.9, 0.46, fc=GREY, ec=INK, lw=1.2, zorder=2))
        write(axes, 6.9, h, f"pos {i}", 13)
        path(axes, (7.38, h), (8.2, h))
        if i > 0:
            axes.plot((10.5, 10.75), (h, h), color="#bbbbbb", lw=1.6)

    block(axes, 9.35, 3.43, 2.3, 6.5, "", GREEN)
    for k, name in enumerate(("block 1", "block 2", "…", "block L")):
        write(axes, 9.35, 5.3 - 1.25 * k, name, 17)
    path(axes, (10.5, heights[0]), (11.35, heights[0]), colour=RED, width=2.4)
    block(axes, 12.15, heights[0], 1.55, 0.6, "classifier", ORANGE)
    path(axes, (12.15, heights[0] - 0.3), (12.15, 5.1), colour=RED, width=2.4)
    write(axes, 12.15, 7.15, "token 0 alone", 17)

    logits = np.array([0.3, -0.4, 1.5, 0.1, -0.8])
    axes.plot((12.15, 12.15), (1.9, 4.85), color=SOFT, lw=1.2)
    for k, value in enumerate(logits):
        axes.barh(4.6 - 0.6 * k, 0.7 * value, 0.4, left=12.15, color=BLUE, ec=INK, zorder=2)
    write(axes, 12.15, 1.5, "logits", 17)
    axes.set(xlim=(0, 14), ylim=(-0.5, 7.6))
    finish(figure, "vit_overview")


if __name__ == "__main__":
    norm_placement()
    split_heads()
    lstm_language_model()
    vit_overview()
