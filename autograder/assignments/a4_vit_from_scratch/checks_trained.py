"""Task 6 is graded by hand; what the trained model reaches is measured all the same."""

from __future__ import annotations

from typing import Any

from autograder.kit.checks import (
    Accuracy,
    Draw,
    Observed,
    build_model,
    count_parameters,
    observe,
    predictions,
    question,
)

_HALF = [0.5, 0.5, 0.5]  # run_coco_vit.py scales pixels to numbers from -1 to 1


accuracy = question("6", "vit_from_scratch_solution:ViT.forward")


@accuracy.check(points=0, cases=1, accuracy=Accuracy("coco_subset", ()))
def accuracy_top1(student: Any, draw: Draw) -> Observed:
    """Top-1 accuracy of your trained transformer on images it has not seen (no points)."""
    model = build_model(student.ViT, draw.given["checkpoint"])
    found = predictions(model, draw.given["images"], _HALF, _HALF)
    return observe(predictions=found, parameters=count_parameters(model))
