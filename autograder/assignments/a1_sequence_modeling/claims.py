"""An accuracy that the notebook prints, and the mistake that makes it too high."""

from __future__ import annotations

import re

_TRAINING = re.compile(r"train\w{0,20}[ :]{1,4}[\d.]{1,12}")  # as the course's loop prints it
_SHARE = re.compile(r"(?<![\d.])(\d{2}(?:\.\d{1,8})?) ?%|(?<![\d.])(0\.\d{2,8})(?![\d.%])")


def explain_claim(printed: str, accuracy: float, classes: int) -> str:
    """What to say when the notebook's "accuracy" counts true negatives as well.

    The mean of (TP + TN) / all over the classes is what remains when each error is counted as
    wrong for two of the classes: 1 - 2 (1 - accuracy) / classes.
    """
    per_class = 1 - 2 * (1 - accuracy) / classes
    claims = [
        float(percent) / 100 if percent else float(share)
        for percent, share in _SHARE.findall(_TRAINING.sub("", printed))
    ]
    near = [claim for claim in claims if abs(claim - per_class) < 0.01 < abs(claim - accuracy)]
    if not near:
        return ""
    return (
        f"Your notebook prints {near[0]:.2%}. That is close to {per_class:.2%}, the mean of "
        "(TP + TN) / all over the classes, which counts every image that is rightly *not* given "
        "a class. It is not accuracy."
    )
