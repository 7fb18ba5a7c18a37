"""Problem 3 is graded by hand; what the trained model reaches is measured all the same."""

from __future__ import annotations

from typing import Any

from autograder.kit.checks import CIFAR10, Accuracy, Draw, Observed, question, trained_model

accuracy = question("3", "vit_solution:VisionTransformer.forward")


@accuracy.check(points=0, cases=1, accuracy=Accuracy(CIFAR10.name))
def accuracy_top1(student: Any, draw: Draw) -> Observed:
    """Top-1 accuracy of your best trained transformer on images it has not seen (no points)."""
    return trained_model(student.VisionTransformer, draw, CIFAR10)
