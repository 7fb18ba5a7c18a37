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


def _attention(student: Any, draw: Draw, scale: float = 0.5) -> tuple[Any, Tensor]:
    """A layer with known maps, and tokens: B, T, H, d and D all differ, and D is not H * d."""
    batch, length, heads, size = draw.sizes(4, 2, 6)
    layer = student.Attention(heads * size + 1, heads, size)
    draw.derived("to_qkv").fill(layer.to_qkv, scale=scale)
    draw.derived("to_out").fill(layer.to_out)
    return layer.to(draw.dtype), draw.normal(batch, length, heads * size + 1, requires_grad=True)


attention = question("4.1", _ATTENTION, ban=ATTENTION)


@attention.check(points=0.5)
def attention_values(student: Any, draw: Draw) -> Observed:
    """Softmax over the keys of q k^T / sqrt(d) in each head; large scores must not overflow."""
    layer, tokens = _attention(student, draw)
    large, large_tokens = _attention(student, draw, scale=20.0)
    return observe(
        layer(tokens),
        one_token=layer(tokens[:, :1]),
        large_scores=large(large_tokens),
        unchanged={"tokens": tokens},
    )


@attention.check(points=0.5, cases=1)
def attention_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the tokens and both maps."""
    layer, tokens = _attention(student, draw)
    weights = {"to_qkv.weight": layer.to_qkv.weight, "to_out.0.weight": layer.to_out[0].weight}
    return observe(layer(tokens), grad_of={"tokens": tokens, **weights})


def _vit(student: Any, draw: Draw) -> tuple[Any, Tensor]:
    """A small model with known parameters, and images for it: 9 patches of 2 x 2 in 2 channels."""
    model = student.ViT(
        image_size=6,
        patch_size=2,
        num_classes=3,
        dim=5,
        depth=3,
        heads=2,
        mlp_dim=7,
        channels=2,
        dim_head=3,
    )
    fill_parts(
        draw, model, "to_patch_embedding", "blocks", "norm", "head", "class_token", "positions"
    )
    return model.to(draw.dtype), draw.normal(2, 2, 6, 6, requires_grad=True)


vit = question("4.2", _FORWARD, stand_ins=other_block)


@vit.check(points=0.5)
def vit_values(student: Any, draw: Draw) -> Observed:
    """Patches in order, class token and positions, the blocks, norm and head."""
    model, images = _vit(student, draw)
    return observe(model(images), one_image=model(images[:1]), unchanged={"images": images})


@vit.check(points=0.25, cases=1)
def vit_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the images, class token, positions and head."""
    model, images = _vit(student, draw)
    wanted = {
        "images": images,
        "class_token": model.class_token,
        "positions": model.positions,
        "head.weight": model.head.weight,
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
    return observe(parameters=sum(p.numel() for p in model.parameters()), logits=logits)


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
