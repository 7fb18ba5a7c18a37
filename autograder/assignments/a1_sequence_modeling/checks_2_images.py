"""Part 2: patches, evaluation, and a GRU that reads images."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from autograder.assignments.a1_sequence_modeling.stand_ins import (
    other_confusion_matrix,
    other_patch_embed,
)
from autograder.kit.checks import (
    CIFAR10,
    Accuracy,
    Draw,
    Observed,
    fill_parts,
    observe,
    pair,
    question,
    trained_model,
)

_EMBED = "main:PatchEmbed"
_MATRIX = "main:confusion_matrix"
_EVALUATE = "main:evaluate"
_CLASSIFIER = "main:GRUImageClassifier"


# --- 2.1 PatchEmbed -----------------------------------------------------------------------------


def _images(draw: Draw, channels: int) -> Tensor:
    """A few images of (channels, H, W) with different even H and W."""
    height, width = (2 * size for size in draw.sizes(2, 2, 5))
    return draw.normal(2 + draw.case, channels, height, width, requires_grad=True)


def _embed(student: Any, draw: Draw, channels: int, width: int) -> Any:
    embed = student.PatchEmbed(channels, width)
    fill_parts(draw, embed, "proj", "norm")
    return embed


patch_embed = question("2.1", _EMBED)


@patch_embed.check(points=0.5)
def patch_embed_values(student: Any, draw: Draw) -> Observed:
    """Normalised tokens, the top row of patches first, for images of any even size."""
    channels, width = draw.sizes(2, 1, 8)
    images, embed = _images(draw, channels), _embed(student, draw, channels, width)
    return observe(
        embed(images),
        one_patch=embed(images[:, :, :2, :2]),
        one_feature=_embed(student, draw, channels, 1)(images),
        strided=embed.eval()(images.mT.contiguous().mT),
        unchanged={"images": images},
    )


@patch_embed.check(points=0.25, cases=1)
def patch_embed_cifar(student: Any, draw: Draw) -> Observed:
    """256 tokens for an image of 32 x 32 pixels, also for one image alone."""
    width = draw.integer(5, 9)
    return observe(_embed(student, draw, 3, width)(draw.normal(1, 3, 32, 32)))


@patch_embed.check(points=0.25, cases=1)
def patch_embed_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the images, the convolution and the norm."""
    channels, width = draw.sizes(2, 2, 6)
    images, embed = _images(draw, channels), _embed(student, draw, channels, width)
    named = {f"parameter {i}": p for i, p in enumerate(embed.proj.parameters())}
    norm = {"norm.weight": embed.norm.weight, "norm.bias": embed.norm.bias}
    return observe(embed(images), grad_of={"images": images, **norm, **named})


# --- 2.2a evaluation ----------------------------------------------------------------------------


confusion_matrix = question("2.2a", _MATRIX)


@confusion_matrix.check(points=0.2)
def confusion_matrix_values(student: Any, draw: Draw) -> Observed:
    """Rows are true classes, columns predicted ones; a class that never occurs has zeros."""
    classes, count = draw.integer(4, 7), draw.integer(20, 40)
    predicted = draw.integers(0, classes - 1, count)
    labels = draw.integers(0, classes - 3, count)  # two classes never occur
    return observe(
        student.confusion_matrix(predicted, labels, classes),
        one_image=student.confusion_matrix(predicted[:1], labels[:1], classes),
        one_class=student.confusion_matrix(labels * 0, labels * 0, 1),
        every_second_image=student.confusion_matrix(predicted[::2], labels[::2], classes),
        unchanged={"predictions": predicted, "labels": labels},
    )


class _Classifier(nn.Module):
    """A small classifier with dropout that notes its mode and whether gradients are recorded."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, classes)
        self.dropout = nn.Dropout(0.5)
        self.calls: list[tuple[bool, bool]] = []

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.linear(self.dropout(images.flatten(1)))
        self.calls.append((self.training, logits.requires_grad))
        return logits


class _Fixed(nn.Module):
    """A classifier without parameters."""

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1)[:, :4]


Batches = list[tuple[Tensor, Tensor]]


def _batches(draw: Draw, classes: int) -> Batches:
    """Batches of different sizes, the last of one image; the last class has no image."""
    highest = max(0, classes - 2)
    return [(draw.normal(n, 1, 2, 3), draw.integers(0, highest, n)) for n in (7, 5, 1)]


def _evaluate(student: Any, model: nn.Module, batches: Batches) -> tuple[Any, Any]:
    """Evaluate on batches that can be read only once, and have no length."""
    return pair(student.evaluate(model, iter(batches)), "(accuracy, confusion matrix)")


evaluate = question("2.2a", _EVALUATE, stand_ins=other_confusion_matrix)


@evaluate.check(points=0.15, cases=3)
def evaluate_values(student: Any, draw: Draw) -> Observed:
    """Top-1 accuracy in which every image counts the same, and the matrix of all images."""
    batches = _batches(draw, 5)
    model = _Classifier(6, 5)
    draw.fill(model)
    accuracy, matrix = _evaluate(student, model, batches)
    plain, plain_matrix = _evaluate(student, _Fixed(), batches[1:])
    one_class, its_matrix = _evaluate(student, _Classifier(6, 1).to(draw.dtype), _batches(draw, 1))
    return observe(
        accuracy=accuracy,
        matrix=matrix,
        accuracy_of_a_model_without_parameters=plain,
        its_matrix=plain_matrix,
        accuracy_with_one_class=one_class,
        matrix_with_one_class=its_matrix,
        unchanged={"images": batches[0][0], "labels": batches[0][1]},
    )


@evaluate.check(points=0.15)
def evaluate_mode(student: Any, draw: Draw) -> Observed:
    """Measured in evaluation mode and without gradients; the mode is put back afterwards."""
    seen: dict[str, Any] = {}
    for was_training in (True, False):
        model = _Classifier(6, 5)
        draw.fill(model)
        model.train(was_training)
        _evaluate(student, model, _batches(draw, 5))
        came = "came in training mode" if was_training else "came in evaluation mode"
        seen[f"training mode while measured ({came})"] = any(mode for mode, _ in model.calls)
        seen[f"gradients while measured ({came})"] = any(grad for _, grad in model.calls)
        seen[f"training mode afterwards ({came})"] = model.training
        seen[f"times called for 3 batches ({came})"] = len(model.calls)
    return observe(**seen)


# --- 2.2b GRUImageClassifier --------------------------------------------------------------------


def _classifier(
    student: Any, draw: Draw, smallest: bool = False, **arguments: Any
) -> tuple[Any, Tensor]:
    channels, *sizes = draw.sizes(4, 2, 6)
    sizes = [1, 1, 1] if smallest else sizes  # features, state and classes
    model = student.GRUImageClassifier(*sizes, in_channels=channels, **arguments)
    fill_parts(draw, model, "patch_embed.proj", "patch_embed.norm", "gru", "output")
    return model, draw.normal(3, channels, 4, 6, requires_grad=True)


gru_image_classifier = question("2.2b", _CLASSIFIER, stand_ins=other_patch_embed)


@gru_image_classifier.check(points=0.25)
def gru_image_classifier_one_direction(student: Any, draw: Draw) -> Observed:
    """Logits from the last layer's state after the last token."""
    model, images = _classifier(student, draw, num_layers=3 if draw.case else 1)
    narrow, its_images = _classifier(student, draw.derived("narrow"), smallest=True)
    return observe(
        model(images),
        batch_of_one=model(images[:1]),
        one_patch=model(images[:, :, :2, :2]),
        sizes_of_one=narrow(its_images),
        strided=model.eval()(images.mT.contiguous().mT),
        unchanged={"images": images},
    )


@gru_image_classifier.check(points=0.25, cases=1)
def gru_image_classifier_both_directions(student: Any, draw: Draw) -> Observed:
    """Each direction's state after its own last token, laid end to end."""
    model, images = _classifier(student, draw, num_layers=3, bidirectional=True)
    parts = {"proj": model.patch_embed.proj, "gru": model.gru, "output": model.output}
    weights = {
        f"{part}, parameter {number}": parameter
        for part, layer in parts.items()
        for number, parameter in enumerate(layer.parameters())
    }
    one = model(images[:1])
    return observe(model(images), batch_of_one=one, grad_of={"images": images, **weights})


# --- 2.2c the trained model ---------------------------------------------------------------------

accuracy = question("2.2c", _CLASSIFIER)


@accuracy.check(
    points=0.5,
    cases=1,
    accuracy=Accuracy(CIFAR10.name, ((0.8, 0.5), (0.7, 0.35), (0.6, 0.2))),
)
def accuracy_top1(student: Any, draw: Draw) -> Observed:
    """Top-1 accuracy of your trained classifier on images it has not seen."""
    return trained_model(student.GRUImageClassifier, draw, CIFAR10)
