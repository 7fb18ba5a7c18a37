"""Task 6 is graded by hand; what the trained model reaches is measured all the same."""

from __future__ import annotations

from typing import Any

from autograder.kit.checks import COCO_SUBSET, Accuracy, Draw, Observed, question, trained_model

accuracy = question("6", "vit_from_scratch_solution:ViT.forward")


@accuracy.check(points=0, cases=1, accuracy=Accuracy(COCO_SUBSET.name))
def accuracy_top1(student: Any, draw: Draw) -> Observed:
    """Top-1 accuracy of your trained transformer on images it has not seen (no points)."""
    return trained_model(student.ViT, draw, COCO_SUBSET)
