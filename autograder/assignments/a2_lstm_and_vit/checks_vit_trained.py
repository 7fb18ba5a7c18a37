"""Problem 3 is graded by hand; what the trained model reaches is measured all the same."""

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

_MEAN, _STD = [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]


accuracy = question("3", "vit_solution:VisionTransformer.forward")


@accuracy.check(points=0, cases=1, accuracy=Accuracy("cifar10", ()))
def accuracy_top1(student: Any, draw: Draw) -> Observed:
    """Top-1 accuracy of your best trained transformer on images it has not seen (no points)."""
    model = build_model(student.VisionTransformer, draw.given["checkpoint"])
    found = predictions(model, draw.given["images"], _MEAN, _STD)
    return observe(predictions=found, parameters=count_parameters(model))
