"""A first look at a trained model: does the checkpoint fit, and how accurate is it?"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np

from selfcheck.judge.accuracy import measure
from selfcheck.observation import Observation
from selfcheck.probe.check import Check
from selfcheck.probe.run import observe_run
from selfcheck.student import FOLDER

_BATCH = FOLDER / "data" / "cifar-10-batches-py" / "data_batch_5"  # images 40,000 to 49,999
_FIRST, _COUNT = 5_000, 1_000  # of the batch: the first images of the validation set


def look(one: Check, module: Any, names: list[str], labels: set[str]) -> tuple[float, str]:
    """Points as far as one can tell here, and what to say."""
    path = next((FOLDER / name for name in names if (FOLDER / name).exists()), None)
    if path is None:
        return 0.0, f"There is no `{names[0]}` yet: train your model first (it takes a while)."
    images, truth = _validation_images()
    given = {"checkpoint": path.read_bytes(), "images": images}
    seen: Observation = observe_run(one, "own", module, 0, labels, given)
    if seen.failure:
        return 0.0, f"{path.name}: {seen.failure.text}"
    if truth is None:
        return 0.0, (
            f"{path.name} fits your model. Its accuracy cannot be measured here: there is no "
            f"CIFAR-10 in {_BATCH.parent}."
        )
    assert one.accuracy is not None
    told = measure(seen, truth, list(one.accuracy.scale), [])
    if isinstance(told, str):
        return 0.0, told
    return told.points, f"{told.message} (These are of your validation set; the grader has others.)"


def _validation_images() -> tuple[bytes, np.ndarray | None]:
    """Images as an .npy file, and their labels; noise and None where there is no CIFAR-10."""
    labels = None
    if _BATCH.exists():
        with _BATCH.open("rb") as file:  # the student's own download
            content = pickle.load(file, encoding="latin-1")
        end = _FIRST + _COUNT
        images = np.asarray(content["data"][_FIRST:end], dtype=np.uint8).reshape(-1, 3, 32, 32)
        labels = np.asarray(content["labels"][_FIRST:end], dtype=np.int64)
    else:
        images = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 32), dtype=np.uint8)
    buffer = io.BytesIO()
    np.save(buffer, images)
    return buffer.getvalue(), labels
