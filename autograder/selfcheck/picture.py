"""A heat map of |x - y|: where the student's values differ from the expected ones."""

from __future__ import annotations

import sys

import numpy as np

from autograder.kit.values import Value
from autograder.kit.verdict import Verdict
from autograder.selfcheck.answers import StoredAnswers

_MOST = 64  # rows and columns that are drawn


def show_first_difference(verdicts: list[Verdict], answers: StoredAnswers) -> None:
    """A picture of the first value that differs, where there is one to be made."""
    for verdict in verdicts:
        attempt = verdict.attempt
        if verdict.status == "failed" and attempt and attempt.difference and attempt.observation:
            key, seen = attempt.difference.key, attempt.observation.values
            right = answers.right_values(verdict.check.id, attempt.mode)
            if key in seen and key in right:
                show(attempt.difference.name, seen[key], right[key])
                return


def show(name: str, x: Value, y: Value) -> None:
    """Draw the map in a notebook; do nothing in a terminal, or where a map says nothing."""
    if "ipykernel" not in sys.modules or "matplotlib" not in _available():
        return
    if y.kind != "tensor" or x.kind != "tensor" or x.data.shape != y.data.shape or y.data.ndim < 2:
        return
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    distance = np.abs(x.data.astype(np.float64) - y.data.astype(np.float64))
    rows = distance.reshape(-1, distance.shape[-1])[:_MOST, :_MOST]
    figure, axes = plt.subplots(figsize=(4.5, 2.6), layout="constrained")
    image = axes.imshow(rows, cmap="magma", aspect="auto", interpolation="nearest", vmin=0)
    figure.colorbar(image, label="|x - y|")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(f"{name}: your x, expected y", fontsize=9)
    axes.set_xlabel(f"last axis of {tuple(y.data.shape)}", fontsize=8)
    axes.set_ylabel("all other axes, in order", fontsize=8)
    plt.show()
    plt.close(figure)


def _available() -> set[str]:
    from importlib.util import find_spec

    return {"matplotlib"} if find_spec("matplotlib") else set()
