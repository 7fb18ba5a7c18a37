"""Draw the figures of assignment a1. Run `python draw.py`; each function writes one PNG here."""

import copy
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from torch import Tensor, nn

HERE = Path(__file__).parent
INPUT, CELL, OUTPUT, PLAIN = "#f6c7b6", "#bfe0c2", "#b9d3ee", "#eeeeee"
INK, SOFT, MARK = "#222222", "#777777", "#c0392b"
Point = tuple[float, float]


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of 1000 px width whose unit is the same in both directions."""
    figure, axes = plt.subplots(figsize=(10, 10 * height / width), dpi=100)
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.axis("off")
    figure.subplots_adjust(0, 0, 1, 1)
    return figure, axes


def save(figure: Figure, name: str) -> None:
    figure.savefig(HERE / f"{name}.png", facecolor="white", metadata={"Software": None})
    plt.close(figure)


def box(
    axes: Axes, centre: Point, size: Point, text: str = "", fill: str = PLAIN, font: float = 15
) -> None:
    (x, y), (width, height) = centre, size
    corner = (x - width / 2, y - height / 2)
    style = f"round,pad=0,rounding_size={0.12 * min(width, height)}"
    axes.add_patch(
        FancyBboxPatch(corner, width, height, boxstyle=style, fc=fill, ec=INK, lw=1.4, zorder=2)
    )
    axes.text(x, y, text, ha="center", va="center", fontsize=font, color=INK, zorder=3)


def node(axes: Axes, centre: Point, text: str, radius: float = 0.3) -> None:
    axes.add_patch(Circle(centre, radius, fc="white", ec=INK, lw=1.4, zorder=2))
    axes.text(*centre, text, ha="center", va="center", fontsize=17, color=INK, zorder=3)


def arrow(
    axes: Axes, start: Point, end: Point, colour: str = INK, bend: float = 0, width: float = 1.6
) -> None:
    style = {
        "arrowstyle": "-|>",
        "lw": width,
        "color": colour,
        "shrinkA": 0,
        "shrinkB": 0,
        "mutation_scale": 16,
        "connectionstyle": f"arc3,rad={bend}",
    }
    axes.annotate("", xy=end, xytext=start, arrowprops=style, zorder=1)


def label(
    axes: Axes, at: Point, text: str, font: float = 15, colour: str = INK, align: str = "center"
) -> None:
    axes.text(*at, text, ha=align, va="center", fontsize=font, color=colour, zorder=3)


def sequence_schemes() -> None:
    """Which steps read an input and which steps give an output."""
    figure, axes = canvas(21.9, 7.6)
    schemes = [  # name, example, steps that read, steps that answer, number of steps
        ("one to many", "image to caption", {0}, {0, 1, 2}, 3),
        ("many to one", "image to class\n(task 2.2)", {0, 1, 2}, {2}, 3),
        ("many to many,\nsame length", "word to word class\n(task 1.1)", {0, 1, 2}, {0, 1, 2}, 3),
        ("many to many,\nany lengths", "sentence to\ntranslation", {0, 1, 2}, {2, 3}, 4),
    ]
    left = 0.9
    for name, example, reads, answers, steps in schemes:
        middle = left + 0.5 + (steps - 1) * 0.7
        for step in range(steps):
            x = left + 0.5 + 1.4 * step
            box(axes, (x, 3.4), (1, 1), fill=CELL)
            if step + 1 < steps:
                arrow(axes, (x + 0.5, 3.4), (x + 0.9, 3.4))
            if step in reads:
                box(axes, (x, 1.9), (1, 0.8), fill=INPUT)
                arrow(axes, (x, 2.3), (x, 2.9))
            if step in answers:
                box(axes, (x, 4.9), (1, 0.8), fill=OUTPUT)
                arrow(axes, (x, 3.9), (x, 4.5))
        label(axes, (middle, 6.3), name, 16)
        label(axes, (middle, 0.75), example, 14, SOFT)
        left += 1.4 * steps + 0.8
    save(figure, "sequence_schemes")


def unrolled_rnn() -> None:
    """One cell with a loop, and the same cell laid out over the steps of a sequence."""
    figure, axes = canvas(20, 6.8)
    y_in, y_cell, y_out = 1.1, 3.3, 5.7

    box(axes, (2, y_cell), (1.8, 1.4), "cell", CELL, 18)
    arrow(axes, (2, y_in + 0.4), (2, y_cell - 0.7))
    arrow(axes, (2, y_cell + 0.7), (2, y_out - 0.4))
    axes.plot([2, 0.4, 0.4], [4.6, 4.6, y_cell], color=INK, lw=1.6, zorder=0)
    arrow(axes, (0.4, y_cell), (1.1, y_cell))
    label(axes, (2, y_in), "$x_t$", 20)
    label(axes, (2, y_out), "$h_t$", 20)
    label(axes, (4.1, y_cell), "=", 28)

    names = ["1", "2", "3", "T"]
    xs = [8.0, 11.0, 14.0, 18.0]
    label(axes, (5.95, y_cell), "$h_0 = 0$", 18)
    arrow(axes, (6.75, y_cell), (xs[0] - 0.9, y_cell))
    for x, step in zip(xs, names, strict=True):
        box(axes, (x, y_cell), (1.8, 1.4), "cell", CELL, 18)
        arrow(axes, (x, y_in + 0.4), (x, y_cell - 0.7))
        arrow(axes, (x, y_cell + 0.7), (x, y_out - 0.4))
        label(axes, (x, y_in), f"$x_{step}$", 20)
        label(axes, (x, y_out), f"$h_{step}$", 20)
    for i in (0, 1):
        arrow(axes, (xs[i] + 0.9, y_cell), (xs[i + 1] - 0.9, y_cell))
        label(axes, ((xs[i] + xs[i + 1]) / 2, y_cell + 0.45), f"$h_{names[i]}$", 16)
    label(axes, (16, y_cell), "$\\cdots$", 24)
    arrow(axes, (xs[2] + 0.9, y_cell), (15.5, y_cell))
    arrow(axes, (16.5, y_cell), (xs[3] - 0.9, y_cell))
    label(axes, (13, 0.3), "every copy is the same cell with the same weights", 14, SOFT)
    save(figure, "unrolled_rnn")


def gru_cell() -> None:
    """The way of one step through a gated recurrent unit."""
    figure, axes = canvas(20, 9.4)
    top, low = 8.2, 2.6

    # The old state runs along the top; r decides what the proposal sees of it.
    label(axes, (1.0, top), "$h_{t-1}$", 22)
    arrow(axes, (1.7, top), (15.2, top))
    box(axes, (2.6, low), (3.4, 1.5), "reset gate\n$r_t = \\sigma(\\cdot)$", OUTPUT, 16)
    box(axes, (6.4, 5.2), (3.9, 1.1), "$W_{hn}h_{t-1} + b_{hn}$", CELL, 16)
    box(axes, (8.6, 0.75), (3.2, 1.1), "$W_{in}x_t + b_{in}$", INPUT, 16)
    node(axes, (6.4, low), "$\\odot$")
    node(axes, (8.6, low), "$+$")
    box(axes, (10.7, low), (1.7, 1.1), "tanh", PLAIN, 16)
    arrow(axes, (2.6, top), (2.6, low + 0.75))
    arrow(axes, (6.4, top), (6.4, 5.75))
    arrow(axes, (6.4, 4.65), (6.4, low + 0.3))
    arrow(axes, (4.3, low), (6.1, low))
    label(axes, (5.2, low + 0.4), "$r_t$", 18)
    arrow(axes, (6.7, low), (8.3, low))
    arrow(axes, (8.6, 1.3), (8.6, low - 0.3))
    arrow(axes, (8.9, low), (9.85, low))
    label(axes, (2.6, 0.55), "$x_t$", 22)
    arrow(axes, (2.6, 0.95), (2.6, low - 0.75))
    label(axes, (5.5, 0.75), "$x_t$", 22)
    arrow(axes, (5.95, 0.75), (7.0, 0.75))

    # z mixes the proposal and the old state.
    box(axes, (15.5, 5.4), (3.4, 1.5), "update gate\n$z_t = \\sigma(\\cdot)$", OUTPUT, 16)
    node(axes, (15.5, top), "$\\odot$")
    node(axes, (15.5, low), "$\\odot$")
    node(axes, (18.0, top), "$+$")
    arrow(axes, (11.55, low), (15.2, low))
    label(axes, (13.3, low + 0.4), "$n_t$", 18)
    label(axes, (13.3, low - 0.4), "proposed state", 14, SOFT)
    axes.plot([12.1, 12.1], [top, 5.8], color=INK, lw=1.6, zorder=0)
    arrow(axes, (12.1, 5.8), (13.8, 5.8))
    label(axes, (12.1, 4.95), "$x_t$", 22)
    arrow(axes, (12.55, 4.95), (13.8, 4.95))
    arrow(axes, (15.5, 6.15), (15.5, top - 0.3))
    label(axes, (16.05, 7.0), "$z_t$", 18)
    arrow(axes, (15.5, 4.65), (15.5, low + 0.3))
    label(axes, (16.4, 3.8), "$1 - z_t$", 18)
    arrow(axes, (15.8, top), (17.7, top))
    axes.plot([15.8, 18.0], [low, low], color=INK, lw=1.6, zorder=0)
    arrow(axes, (18.0, low), (18.0, top - 0.3))
    arrow(axes, (18.3, top), (19.0, top))
    label(axes, (19.45, top), "$h_t$", 22)
    save(figure, "gru_cell")


def small_picture() -> npt.NDArray[np.float64]:
    """A 32 x 32 landscape, (32, 32, 3), computed from a few formulas."""
    rows, columns = np.mgrid[0:32, 0:32].astype(float)
    image = np.empty((32, 32, 3))
    sky = rows[..., None] / 32
    image[:] = (1 - sky) * np.array([0.35, 0.6, 0.95]) + sky * np.array([0.9, 0.93, 1.0])
    image[(rows - 7) ** 2 + (columns - 24) ** 2 < 16] = [1.0, 0.83, 0.25]
    image[rows > 21 + 3 * np.sin(columns / 5)] = [0.45, 0.7, 0.35]
    image[rows > 27 + np.cos(columns / 4)] = [0.27, 0.52, 0.27]
    wall = (abs(columns - 9) <= 4) & (rows >= 17) & (rows <= 24)
    image[wall] = [0.93, 0.87, 0.76]
    image[(abs(columns - 9) <= (rows - 11)) & (rows >= 11) & (rows < 17)] = [0.5, 0.42, 0.55]
    image[(abs(columns - 9) <= 1) & (rows >= 21) & (rows <= 24)] = [0.4, 0.26, 0.2]
    return image


def patches() -> None:
    """A 32 x 32 image as a 16 x 16 grid of 2 x 2 patches, read row by row."""
    figure, axes = canvas(20, 9.6)
    image = small_picture()
    row, column = 8, 6  # the patch that is followed
    token = 16 * row + column

    scale, left, bottom = 0.25, 0.6, 0.9
    top = bottom + 32 * scale
    axes.imshow(image, extent=(left, left + 32 * scale, bottom, top), zorder=1)
    for i in range(17):
        place = 2 * i * scale
        axes.plot([left, left + 8], [top - place] * 2, color="white", lw=0.9, zorder=2)
        axes.plot([left + place] * 2, [bottom, top], color="white", lw=0.9, zorder=2)
    corner = (left + 2 * column * scale, top - 2 * (row + 1) * scale)
    axes.add_patch(Rectangle(corner, 0.5, 0.5, fill=False, ec=MARK, lw=3, zorder=3))
    label(axes, (left + 4, 0.45), "16 × 16 grid of patches, 2 × 2 pixels each", 15)
    arrow(axes, (left + 0.1, top + 0.25), (left + 7.9, top + 0.25), SOFT)

    centre_y = corner[1] + 0.25
    zoom = image[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
    size, x = 1.7, 10.2
    axes.imshow(zoom, extent=(x, x + size, centre_y - size / 2, centre_y + size / 2), zorder=1)
    axes.add_patch(
        Rectangle((x, centre_y - size / 2), size, size, fill=False, ec=MARK, lw=3, zorder=3)
    )
    arrow(axes, (corner[0] + 0.55, centre_y), (x - 0.1, centre_y), MARK)
    label(axes, (x + size / 2, centre_y + 1.5), f"row {row}, column {column}", 15, MARK)
    label(axes, (x + size / 2, centre_y - 1.35), "2 · 2 · 3 numbers", 14, SOFT)
    arrow(axes, (x + size + 0.1, centre_y), (14.6, centre_y))
    label(axes, (13.3, centre_y + 0.4), "convolution,", 14, SOFT)
    label(axes, (13.3, centre_y - 0.4), "LayerNorm", 14, SOFT)

    shown = [(8.4, "0"), (7.7, "1"), (7.0, "2"), (centre_y, str(token)), (1.5, "255")]
    for y, name in shown:
        chosen = name == str(token)
        box(axes, (16.7, y), (4.0, 0.55), fill=INPUT if chosen else PLAIN)
        for tick in np.linspace(14.7, 18.7, 13)[1:-1]:
            axes.plot([tick] * 2, [y - 0.27, y + 0.27], color=SOFT, lw=0.8, zorder=3)
        label(axes, (18.9, y), name, 16, MARK if chosen else INK, "left")
    label(axes, (16.7, (7.0 + centre_y) / 2), "$\\vdots$", 20)
    label(axes, (16.7, (1.5 + centre_y) / 2), "$\\vdots$", 20)
    label(axes, (16.3, 9.1), "256 tokens of embed_dim numbers", 14)
    label(axes, (16.7, 0.45), f"token {token} = 16 · {row} + {column}", 15, MARK)
    save(figure, "patches")


def order_gap(layer: nn.Module, inputs: Tensor, shuffle: Tensor) -> float:
    """The largest difference between shuffling after the layer and shuffling before it."""
    layer = copy.deepcopy(layer).double().eval()

    def states(sequence: Tensor) -> Tensor:
        result = layer(sequence)
        output: Tensor = result[0] if isinstance(result, tuple) else result
        return output

    with torch.no_grad():
        gap = (states(inputs)[:, shuffle] - states(inputs[:, shuffle])).abs().max()
    return gap.item()


def permutation_equivariance() -> None:
    """Shuffle then map, or map then shuffle: the two ways round the square."""
    torch.manual_seed(0)
    shuffle = [2, 0, 3, 1]
    inputs = torch.randn(1, 4, 64, dtype=torch.float64)
    encoder_layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
    gru = nn.GRU(64, 64, batch_first=True)
    gaps = [order_gap(layer, inputs, torch.tensor(shuffle)) for layer in (encoder_layer, gru)]

    figure, axes = canvas(20, 9.0)
    colours = ["#e8a0a0", "#f0cf8e", "#a9d6a5", "#a8c4ea"]

    def strip(centre: Point, order: list[int], symbol: str) -> None:
        for place, token in enumerate(order):
            x = centre[0] + 1.1 * (place - 1.5)
            box(axes, (x, centre[1]), (1, 1), f"${symbol}_{token}$", colours[token], 18)

    left, right, top, bottom = 3.4, 16.6, 7.2, 3.1
    strip((left, top), [0, 1, 2, 3], "x")
    strip((right, top), [0, 1, 2, 3], "y")
    strip((left, bottom), shuffle, "x")
    strip((right, bottom), shuffle, "y")
    arrow(axes, (6.1, top), (13.9, top))
    arrow(axes, (left, top - 0.8), (left, bottom + 0.8))
    arrow(axes, (right, top - 0.8), (right, bottom + 0.8))
    arrow(axes, (6.1, bottom), (13.9, bottom))
    label(axes, (10, top + 0.45), "layer", 17)
    label(axes, (10, bottom - 0.45), "layer", 17)
    label(axes, (left + 0.3, 5.15), "[:, shuffle]", 16, align="left")
    label(axes, (right - 0.3, 5.15), "[:, shuffle]", 16, align="right")
    label(axes, (left, top + 1.1), "x", 17, SOFT)
    label(axes, (right, top + 1.1), "layer(x)", 17, SOFT)
    label(axes, (10, 5.5), "equivariant: both ways", 17, MARK)
    label(axes, (10, 4.8), "round end in the same place", 17, MARK)
    measured = "largest difference of the two ways, measured in float64:"
    label(axes, (10, 1.3), measured, 15, SOFT)
    names = ("transformer encoder layer", "GRU")
    text = ",   ".join(f"{name} {gap:.1g}" for name, gap in zip(names, gaps, strict=True))
    label(axes, (10, 0.6), text, 16)
    save(figure, "permutation_equivariance")


def attention_scaling() -> None:
    """The attention weights of the same random tokens, with and without the scaling."""
    torch.manual_seed(3)
    tokens, key_size = 12, 64
    queries, keys = torch.randn(2, tokens, key_size, dtype=torch.float64)
    scores = queries @ keys.T
    panels = [
        (scores.softmax(dim=-1), "softmax(q·k)"),
        ((scores / key_size**0.5).softmax(dim=-1), "softmax(q·k / √64)"),
    ]
    figure, both = plt.subplots(1, 2, figsize=(10, 5.3), dpi=100, layout="constrained")
    for axes, (weights, title) in zip(both, panels, strict=True):
        picture = axes.imshow(weights.numpy(), cmap="viridis", vmin=0, vmax=1)
        largest = weights.max(dim=-1).values.mean().item()
        axes.set_title(f"{title}\nlargest weight of a row: {largest:.2f} on average", fontsize=15)
        axes.set_xlabel("key: looked at", fontsize=15)
        axes.set_xticks(range(tokens))
        axes.set_yticks(range(tokens))
        axes.tick_params(labelsize=11)
    both[0].set_ylabel("query: looking", fontsize=15)
    bar = figure.colorbar(picture, ax=both, shrink=0.75, pad=0.02)
    bar.ax.tick_params(labelsize=12)
    save(figure, "attention_scaling")


if __name__ == "__main__":
    torch.set_num_threads(1)
    sequence_schemes()
    unrolled_rnn()
    gru_cell()
    patches()
    permutation_equivariance()
    attention_scaling()
