"""Grades a trained model by its top-1 accuracy on images that are held out."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from autograder.kit.procedure import verdict
from autograder.kit.values import Observation
from autograder.kit.verdict import Attempt, CheckInfo, Status, Verdict

_PERTURBED = 2000  # images that are shown a second time, slightly changed
_GAP = 0.03  # of accuracy, that a slight change may cost; honest models lose less than 0.01


@dataclass(frozen=True)
class HeldOut:
    """Images for the student's model, labels for the grader."""

    images: bytes  # an .npy file: uint8, (N, C, H, W)
    labels: np.ndarray  # (N,)
    origin: np.ndarray  # (N,) which image of the set this is
    perturbed: np.ndarray  # (N,) bool: whether it is slightly changed

    @classmethod
    def of(cls, images: bytes, labels: np.ndarray) -> HeldOut:
        """The images as they are."""
        return cls(images, labels, np.arange(len(labels)), np.zeros(len(labels), dtype=bool))


def held_out_for_run(held_out: HeldOut, seed: int) -> HeldOut:
    """The images in a secret order, and some of them a second time, slightly changed.

    A model that gives answers by position or by a table of the published images does not survive
    this; one that has learnt something does not notice. All images are shown as they are, too, so
    that an honest model's accuracy does not depend on the seed.
    """
    generator = np.random.Generator(np.random.PCG64([seed, zlib.crc32(b"held out")]))
    images = np.load(io.BytesIO(held_out.images), allow_pickle=False)
    count = len(images)
    again = generator.permutation(count)[:_PERTURBED]
    order = generator.permutation(count + len(again))
    shown = np.concatenate([images, _slightly_changed(images[again], generator)])[order]
    buffer = io.BytesIO()
    np.save(buffer, shown)
    origin = np.concatenate([np.arange(count), again])[order]
    return HeldOut(buffer.getvalue(), held_out.labels[origin], origin, order >= count)


def _slightly_changed(images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Brightness, contrast and noise, below what a person sees."""
    shape = (len(images), 1, 1, 1)
    contrast, brightness = generator.uniform(0.96, 1.04, shape), generator.uniform(-4, 4, shape)
    noise = generator.normal(0, 1.5, images.shape)
    changed = (images.astype(np.float32) - 128) * contrast + 128 + brightness + noise
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)


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
    return HeldOut.of(buffer.getvalue(), labels)


@dataclass(frozen=True)
class Measured:
    """What a model reached."""

    accuracy: float
    points: float
    message: str
    count: int = 0  # of images
    classes: int = 0
    parameters: int = 0  # of the model, as its own process counted them
    remark: str = ""  # for the instructor

    def verdict(self, check: CheckInfo, attempt: Attempt, further: str = "") -> Verdict:
        """Points by the scale; `further` is said after the accuracy."""
        status: Status = "passed" if self.points == check.points else "failed"
        whole = verdict(check, status, f"{self.message} {further}".rstrip(), attempt)
        return replace(whole, points=min(self.points, check.points))


def measure(
    observation: Observation, held_out: HeldOut, scale: Sequence[tuple[float, float]]
) -> Measured | str:
    """Points for a child's predictions, or what is wrong with them.

    The accuracy on the images as they are counts, unless it is lost with a slight change of them:
    then what is left of it counts.
    """
    value = observation.values.get("predictions#0")
    if value is None or value.kind != "tensor" or value.dtype != "int64":
        return "the model did not give one class for each image"
    if value.data.shape != held_out.labels.shape:
        return f"predictions have shape {value.data.shape}, labels {held_out.labels.shape}"
    right, perturbed = value.data == held_out.labels, held_out.perturbed
    accuracy, count, remark = float(right[~perturbed].mean()), int((~perturbed).sum()), ""
    if perturbed.any():
        as_they_are = np.zeros(count, dtype=bool)
        as_they_are[held_out.origin[~perturbed]] = right[~perturbed]
        before = float(as_they_are[held_out.origin[perturbed]].mean())
        left = float(right[perturbed].mean())
        if before - left > _GAP:
            remark = (
                f"The trained model is right on {before:.2%} of {perturbed.sum():,} published "
                f"images, and on {left:.2%} of the same images slightly changed: it seems to know "
                "them one by one."
            )
            accuracy, count = left, int(perturbed.sum())
    points = next((points for least, points in scale if accuracy >= least), 0.0)
    message = f"Top-1 accuracy {accuracy:.2%} on {count:,} held-out images."
    better = [(least, more) for least, more in scale if more > points]
    if better:
        least, more = better[-1]
        message += f" {least:.0%} would give {more:g} points."
    counted = observation.values.get("parameters#0")
    parameters = counted.data if counted is not None and type(counted.data) is int else 0
    classes = len(np.unique(held_out.labels))
    return Measured(accuracy, points, message, count, classes, parameters, remark)
