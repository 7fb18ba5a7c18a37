"""A first look at a trained model: does the checkpoint fit, and how accurate is it?"""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any

import numpy as np

from autograder.judge.accuracy import measure
from autograder.observation import Observation
from autograder.probe.check import Check
from autograder.probe.run import observe_run
from autograder.selfcheck.student import FOLDER

_COUNT = 1_000  # of the validation set
_SHAPES = {"cifar10": (3, 32, 32), "fashion_mnist": (1, 28, 28), "coco_subset": (3, 64, 64)}


def look(one: Check, module: Any, names: list[str], labels: set[str]) -> tuple[float, str]:
    """Points as far as one can tell here, and what to say."""
    path = next((FOLDER / name for name in names if (FOLDER / name).exists()), None)
    if path is None:
        return 0.0, f"There is no `{names[0]}` yet: train your model first (it takes a while)."
    assert one.accuracy is not None
    images, truth = _validation_images(one.accuracy.images)
    given = {"checkpoint": path.read_bytes(), "images": images}
    seen: Observation = observe_run(one, "own", module, 0, labels, given)
    if seen.failure:
        return 0.0, f"{path.name}: {seen.failure.text}"
    if truth is None:
        return 0.0, (
            f"{path.name} fits your model. Its accuracy cannot be measured here: there is no "
            f"{one.accuracy.images} in {_data_folder()}."
        )
    told = measure(seen, truth, list(one.accuracy.scale), [])
    if isinstance(told, str):
        return 0.0, told
    return told.points, f"{told.message} (These are of your validation set; the grader has others.)"


def _validation_images(name: str) -> tuple[bytes, np.ndarray | None]:
    """Images as an .npy file, and their labels; noise and None where the set is not here."""
    found = _read(name)
    noise = np.random.default_rng(0).integers(0, 256, (2, *_SHAPES[name]), dtype=np.uint8)
    buffer = io.BytesIO()
    np.save(buffer, found[0] if found else noise)
    return buffer.getvalue(), found[1] if found else None


def _data_folder() -> str:
    return os.environ.get("COURSE_DATA") or str(FOLDER / "data")


def _read(name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Images that no script or notebook trains on, by the file that all of them read with."""
    sys.path.insert(0, str(FOLDER))
    try:
        readers = importlib.import_module("lab.images")
        root = importlib.import_module("lab.files").data_root(_data_folder())
        images = getattr(readers, name)(root, "train")
    except (Exception, SystemExit):  # no reader, a package missing, no data, or not the right data
        return None
    finally:
        sys.path.remove(str(FOLDER))
    # Every script and notebook keeps at least so many, and the same draw decides which.
    _, valid = readers.split_off(images, len(images) // 12)
    return valid.pixels[:_COUNT].numpy(), valid.labels[:_COUNT].numpy()
