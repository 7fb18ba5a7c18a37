"""Task 4: the vision transformer for FashionMNIST, and the trained model."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.assignments.a3_attention_and_sentiment.stand_ins import other_block, other_parts
from autograder.kit.checks import (
    ATTENTION,
    FASHION_MNIST,
    Accuracy,
    Draw,
    Observed,
    fill_parts,
    observe,
    question,
    trained_model,
)

_FILE = "fashion_vit_solution"
_ATTENTION, _FORWARD = f"{_FILE}:Attention.forward", f"{_FILE}:ViT.forward"
_MODEL, _COUNT = f"{_FILE}:fashion_vit", f"{_FILE}:count_parameters"


def _attention(student: Any, draw: Draw, narrow: bool = False) -> tuple[Any, Tensor]:
    """A layer with known maps, and tokens: B, T, H, d and D all differ, and D is not H * d."""
    batch, length, heads, size = draw.sizes(4, 2, 6)
    if narrow:
        heads, size = (1, size) if draw.case else (heads, 1)
    width = 1 if narrow else heads * size + 1
    layer = student.Attention(width, heads, size)
    draw.derived("to_qkv").fill(layer.to_qkv)
    draw.derived("to_out").fill(layer.to_out)
    return layer.to(draw.dtype), draw.normal(batch, length, width, requires_grad=True)


def _large_scores(student: Any, draw: Draw) -> Tensor:
    """The result for scores that are all large and differ no more than others: none saturates."""
    layer, tokens = _attention(student, draw)
    with torch.no_grad():
        tokens[..., 0] = 1.0  # so that the first column of a map is its bias
        queries, keys, _ = layer.to_qkv.weight.chunk(3)
        queries.mul_(0.1)
        queries[:, 0] = 2.0
        size = len(queries) // layer.heads
        keys[:, 0] = (75.0 if draw.case % 2 else 1000.0) / size**0.5
    found: Tensor = layer(tokens)
    return found


def _without_dropout_and_with(layer: Any, dropout: Any, inputs: Tensor) -> Observed:
    """What comes out where `dropout` drops everything: in evaluation mode it must be off."""
    dropout.p = 1.0
    return {
        "output in evaluation mode": layer.eval()(inputs),
        "output in training mode where dropout leaves nothing": layer.train()(inputs),
    }


attention = question("4.1", _ATTENTION, ban=ATTENTION)


@attention.check(points=0.5)
def attention_values(student: Any, draw: Draw) -> Observed:
    """Softmax over the keys of q k^T / sqrt(d) in each head; large scores must not overflow."""
    layer, tokens = _attention(student, draw)
    narrow, its_tokens = _attention(student, draw, narrow=True)
    seen = observe(
        layer(tokens),
        one_token=layer(tokens[:, :1]),
        one_sequence=layer(tokens[:1]),
        one_head_or_one_feature=narrow(its_tokens),
        strided=layer(tokens.mT.contiguous().mT),
        large_scores=_large_scores(student, draw.derived("large")),
        unchanged={"tokens": tokens},
    )
    return seen | _without_dropout_and_with(layer, layer.to_out[1], tokens)


@attention.check(points=0.5, cases=1)
def attention_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the tokens and both maps."""
    layer, tokens = _attention(student, draw)
    weights = {"to_qkv.weight": layer.to_qkv.weight, "to_out.0.weight": layer.to_out[0].weight}
    weights["to_out.0.bias"] = layer.to_out[0].bias
    return observe(layer(tokens), grad_of={"tokens": tokens, **weights})


_SIZES = {
    "image_size": 6,
    "patch_size": 2,
    "num_classes": 3,
    "dim": 5,
    "depth": 3,
    "heads": 2,
    "mlp_dim": 7,
    "channels": 2,
    "dim_head": 3,
}
_SMALLEST = {"image_size": 2, "num_classes": 1, "dim": 1, "depth": 1, "heads": 1}


def _vit(student: Any, draw: Draw, **sizes: int) -> tuple[Any, Tensor]:
    """A small model with known parameters, and images for it: 9 patches of 2 x 2 in 2 channels."""
    asked = _SIZES | sizes
    model = student.ViT(**asked)
    fill_parts(
        draw, model, "to_patch_embedding", "blocks", "norm", "head", "class_token", "positions"
    )
    side = asked["image_size"]
    return model.to(draw.dtype), draw.normal(2, 2, side, side, requires_grad=True)


vit = question("4.2", _FORWARD, stand_ins=other_block)


@vit.check(points=0.5)
def vit_values(student: Any, draw: Draw) -> Observed:
    """Patches in order, class token and positions, dropout, the blocks, norm and head."""
    model, images = _vit(student, draw)
    small, its_images = _vit(student, draw.derived("small"), **_SMALLEST)
    seen = observe(
        model(images),
        one_image=model(images[:1]),
        one_patch_and_one_class=small(its_images[:1]),
        strided=model(images.mT.contiguous().mT),
        unchanged={"images": images},
    )
    return seen | _without_dropout_and_with(model, model.dropout, images)


@vit.check(points=0.25, cases=1)
def vit_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the images, class token, positions and head."""
    model, images = _vit(student, draw)
    wanted = {
        "images": images,
        "class_token": model.class_token,
        "positions": model.positions,
        "to_patch_embedding.weight": model.to_patch_embedding.weight,
        "norm.weight": model.norm.weight,
        "head.weight": model.head.weight,
        "head.bias": model.head.bias,
        "mlp.0.weight of the first block": model.blocks[0].mlp[0].weight,
    }
    return observe(model(images), grad_of=wanted)


model = question("4.3", _MODEL, stand_ins=other_parts)


@model.check(points=0.25, cases=1)
def model_values(student: Any, draw: Draw) -> Observed:
    """The model of the exercise: its number of parameters, and what it answers."""
    model = student.fashion_vit().eval()
    draw.fill(model, scale=0.2)
    images = draw.normal(2, 1, 28, 28)
    with torch.no_grad():
        logits = model(images)
    dropouts = [part.p for part in student.fashion_vit(0.3).modules() if hasattr(part, "p")]
    return observe(
        parameters=sum(p.numel() for p in model.parameters()),
        logits=logits,
        dropout_by_default=str({part.p for part in model.modules() if hasattr(part, "p")}),
        dropout_of_0_3=str(set(dropouts)),
    )


fashion_vit_count = question("4.4", _COUNT)


@fashion_vit_count.check(points=0.25, cases=1)
def fashion_vit_count_values(student: Any, draw: Draw) -> Observed:
    """How many numbers are learnt, where some are frozen."""
    model = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.BatchNorm1d(7))
    before = student.count_parameters(model)
    model[0].requires_grad_(False)
    return observe(all_learnt=before, first_layer_frozen=student.count_parameters(model))


accuracy = question("4.5", _FORWARD)


@accuracy.check(
    points=0.75,
    cases=1,
    accuracy=Accuracy(FASHION_MNIST.name, ((0.9, 0.75), (0.88, 0.5), (0.85, 0.25))),
)
def accuracy_top1(student: Any, draw: Draw) -> Observed:
    """Top-1 accuracy of your trained transformer on images it has not seen."""
    return trained_model(student.ViT, draw, FASHION_MNIST)
