"""Task 6 is graded by hand; what the trained model reaches is measured all the same."""

from __future__ import annotations

from typing import Any

from selfcheck.probe import Draw, Observed, check, observe
from selfcheck.probe.check import Accuracy
from selfcheck.probe.checkpoint import build_model, count_parameters, predictions

_HALF = [0.5, 0.5, 0.5]  # run_coco_vit.py scales pixels to numbers from -1 to 1


@check("6", "accuracy.top1", target="vit_from_scratch_solution:ViT.forward", points=0, cases=1,
       accuracy=Accuracy("coco_subset", ()))  # fmt: skip
def accuracy__top1(student: Any, draw: Draw) -> Observed:
    """Top-1 accuracy of your trained transformer on images it has not seen (no points)."""
    model = build_model(student.ViT, draw.given["checkpoint"])
    found = predictions(model, draw.given["images"], _HALF, _HALF)
    return observe(predictions=found, parameters=count_parameters(model))
