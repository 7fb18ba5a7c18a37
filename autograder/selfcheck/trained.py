"""A first look at a trained model: does the checkpoint fit, and how accurate is it?"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys

import numpy as np

from autograder.kit.accuracy import HeldOut, measure
from autograder.kit.check import Check
from autograder.kit.image_sets import IMAGE_SETS
from autograder.kit.procedure import decide, verdict
from autograder.kit.run import observe_run
from autograder.kit.values import Observation
from autograder.kit.verdict import Attempt, Verdict
from autograder.selfcheck.answers import FOLDER, StoredAnswers
from autograder.selfcheck.student import Student

_COUNT = 1_000  # of the validation set


def measure_trained(check: Check, answers: StoredAnswers, student: Student) -> Verdict:
    """Points as far as one can tell here, and what to say."""
    assert check.accuracy is not None
    info, names = check.info(), answers.attachment
    path = next((FOLDER / name for name in names if (FOLDER / name).exists()), None)
    if path is None:
        why = f"There is no `{names[0]}` yet: train your model first (it takes a while)."
        return verdict(info, "missing", why)
    module = student.load(info.target)
    if isinstance(module, Observation):
        return decide(info, [Attempt(observation=module)], [], 0)
    images, truth = _validation_images(check.accuracy.images)
    given = {"checkpoint": path.read_bytes(), "images": images}
    with contextlib.redirect_stdout(None):
        seen = observe_run(check, info.modes[0], module, 0, student.labels(), given)
    attempt = Attempt(observation=seen)
    if seen.failure:
        return decide(info, [attempt], [], 0)
    if truth is None:
        return verdict(
            info,
            "refused",
            (
                f"{path.name} fits your model. Its accuracy cannot be measured here: there is no "
                f"{check.accuracy.images} in {_data_folder()}."
            ),
            attempt,
        )
    as_they_are = HeldOut(images, truth, np.zeros(len(truth), dtype=bool))
    found = measure(seen, as_they_are, check.accuracy.scale)
    if isinstance(found, str):
        return verdict(info, "failed", found, attempt)
    return found.verdict(info, attempt, "(On your validation set; the grader has other images.)")


def _validation_images(name: str) -> tuple[bytes, np.ndarray | None]:
    """Images as an .npy file, and their labels; noise and None where the set is not here."""
    found = _read(name)
    shape = IMAGE_SETS[name].shape
    noise = np.random.default_rng(0).integers(0, 256, (2, *shape), dtype=np.uint8)
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
