"""Grades a trained model by its top-1 accuracy on images that are held out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from autograder.kit.procedure import verdict
from autograder.kit.values import Observation
from autograder.kit.verdict import Attempt, CheckInfo, Status, Verdict


@dataclass(frozen=True)
class HeldOut:
    """Images for the student's model, labels for the grader."""

    images: bytes  # an .npy file: uint8, (N, C, H, W)
    labels: np.ndarray  # (N,)


def load_held_out(name: str, folder: Path) -> HeldOut | str:
    """The held-out set of that name, or a sentence that says why there is none."""
    path = folder / f"{name}.npz"
    how = f"`python data/make_held_out.py {name}` writes it."
    if not path.exists():
        return f"the held-out images {path.name} are not on this machine; {how}"
    try:
        with np.load(path, allow_pickle=False) as content:
            images, labels = content["images"], content["labels"].astype(np.int64)
    except Exception as error:  # a damaged file can raise anything
        return f"{path.name} cannot be read ({type(error).__name__}); {how}"
    if images.dtype != np.uint8 or images.ndim != 4 or labels.shape != images.shape[:1]:
        return f"{path.name} does not hold uint8 images (N, C, H, W) and labels (N,); {how}"
    buffer = io.BytesIO()
    np.save(buffer, images)
    return HeldOut(buffer.getvalue(), labels)


@dataclass(frozen=True)
class Measured:
    """What a model reached."""

    accuracy: float
    points: float
    message: str
    count: int = 0  # of images
    classes: int = 0
    parameters: int = 0  # of the model, as its own process counted them

    def verdict(self, check: CheckInfo, attempt: Attempt, further: str = "") -> Verdict:
        """Points by the scale; `further` is said after the accuracy."""
        status: Status = "passed" if self.points == check.points else "failed"
        whole = verdict(check, status, f"{self.message} {further}".rstrip(), attempt)
        return replace(whole, points=min(self.points, check.points))


def measure(
    observation: Observation,
    labels: np.ndarray,
    scale: Sequence[tuple[float, float]],
) -> Measured | str:
    """Points for a child's predictions, or what is wrong with them."""
    value = observation.values.get("predictions#0")
    if value is None or value.kind != "tensor" or value.dtype != "int64":
        return "the model did not give one class for each image"
    predicted = value.data
    if predicted.shape != labels.shape:
        return f"predictions have shape {predicted.shape}, labels {labels.shape}"
    accuracy = float((predicted == labels).mean())
    points = next((points for least, points in scale if accuracy >= least), 0.0)
    message = f"Top-1 accuracy {accuracy:.2%} on {len(labels):,} held-out images."
    better = [(least, more) for least, more in scale if more > points]
    if better:
        least, more = better[-1]
        message += f" {least:.0%} would give {more:g} points."
    counted = observation.values.get("parameters#0")
    parameters = counted.data if counted is not None and type(counted.data) is int else 0
    return Measured(accuracy, points, message, len(labels), len(np.unique(labels)), parameters)
