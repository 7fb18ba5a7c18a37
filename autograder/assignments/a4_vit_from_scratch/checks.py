"""All tasks: patches, attention, encoder block, vision transformer, attention in einsum."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from autograder.assignments.a4_vit_from_scratch.stand_ins import (
    other_attention,
    other_count,
    other_parts,
)
from autograder.kit.checks import (
    ATTENTION,
    EINSUM,
    Absent,
    Draw,
    Observed,
    fill_parts,
    observe,
    question,
)

_FILE = "vit_from_scratch_solution"
_COUNT, _EMBED = f"{_FILE}:count_patches", f"{_FILE}:PatchEmbedding.forward"
_ATTENTION, _BLOCK = f"{_FILE}:MultiHeadSelfAttention.forward", f"{_FILE}:EncoderBlock.forward"
_INIT, _FORWARD = f"{_FILE}:ViT.__init__", f"{_FILE}:ViT.forward"
_EINSUM = "einsum_attention_solution:EinsumSelfAttention.forward"


# --- 1 patches ----------------------------------------------------------------------------------


count_patches = question("1.1", _COUNT)


@count_patches.check(points=0.5, cases=1)
def count_patches_values(student: Any, draw: Draw) -> Observed:
    """The number of patches, for sizes at which patch size + 1 is not the number of tokens."""
    sizes = [(64, 16), (64, 8), (32, 4), (12, 3), (7, 7), (30, 5), (6, 1), (1, 1)]
    return observe(**{f"{i} pixels, patches of {p}": student.count_patches(i, p) for i, p in sizes})


@count_patches.check(points=0.5, cases=1)
def count_patches_raises(student: Any, draw: Draw) -> Observed:
    """ValueError where the patches do not fill the image."""
    seen: dict[str, Any] = {}
    for image, patch in ((64, 15), (10, 4), (3, 5)):
        try:
            seen[f"{image} pixels, patches of {patch}"] = str(student.count_patches(image, patch))
        except ValueError:
            seen[f"{image} pixels, patches of {patch}"] = "ValueError"
    return observe(**seen)


def _embedding(student: Any, draw: Draw) -> tuple[Any, Tensor]:
    patch, rows, columns, channels, width = draw.sizes(5, 2, 6)
    layer = student.PatchEmbedding(patch, channels, width)
    draw.fill(layer)
    shape = 2 + draw.case, channels, rows * patch, columns * patch
    return layer, draw.normal(*shape, requires_grad=True)


patch_embedding = question("1.2", _EMBED)


@patch_embedding.check(points=1)
def patch_embedding_values(student: Any, draw: Draw) -> Observed:
    """Row-major patches; inside a patch channel, then row, then column."""
    layer, images = _embedding(student, draw)
    side = layer.patch_size
    smallest = student.PatchEmbedding(1, 1, 1)
    draw.derived("smallest").fill(smallest)
    return observe(
        layer(images),
        one_image=layer(images[:1]),
        one_patch=layer(images[:, :, :side, :side]),
        one_pixel=smallest(images[:1, :1, :1, :1]),
        strided=layer.eval()(images.mT.contiguous().mT),
        unchanged={"images": images},
    )


@patch_embedding.check(points=1, cases=1)
def patch_embedding_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the images and the projection."""
    layer, images = _embedding(student, draw)
    weights = {
        "projection.weight": layer.projection.weight,
        "projection.bias": layer.projection.bias,
    }
    return observe(layer(images), grad_of={"images": images, **weights})


# --- 2 and 5 attention --------------------------------------------------------------------------


def _attention(layer_class: Any, draw: Draw, heads: int = 0, size: int = 0) -> tuple[Any, Tensor]:
    """A layer with known maps, and tokens: B, T, H and d all differ."""
    batch, length, some, width = draw.sizes(4, 2, 6)
    heads, size = heads or some, size or width
    layer = layer_class(heads * size, heads)
    for name in ("query", "key", "value", "output"):
        if not isinstance(getattr(layer, name, None), nn.Module):
            raise Absent(
                f"`{layer_class.__name__}` has no layer `{name}`: leave those given as is."
            )
        draw.derived(name).fill(getattr(layer, name))
    layer.to(draw.dtype)
    return layer, draw.normal(batch, length, heads * size, requires_grad=True)


def _values(layer_class: Any, draw: Draw) -> Observed:
    layer, tokens = _attention(layer_class, draw)
    return observe(layer(tokens), unchanged={"tokens": tokens})


def _edges(layer_class: Any, draw: Draw) -> Observed:
    """The smallest sizes, inputs that are not contiguous, evaluation mode, large scores."""
    layer, tokens = _attention(layer_class, draw)
    one_head, its_tokens = _attention(layer_class, draw.derived("one head"), heads=1)
    narrow, narrow_tokens = _attention(layer_class, draw.derived("one feature"), size=1)
    seen = observe(
        one_token=layer(tokens[:, :1]),
        one_sequence=layer(tokens[:1]),
        one_head=one_head(its_tokens),
        one_feature_for_each_head=narrow(narrow_tokens),
        strided=layer(tokens.mT.contiguous().mT),
        evaluation_mode=layer.eval()(tokens),
    )
    _make_scores_large(layer, draw)
    return seen | observe(large_scores=layer(tokens))


def _make_scores_large(layer: Any, draw: Draw) -> None:
    """All scores are large but differ no more than others, so that no softmax saturates."""
    size = layer.query.out_features // layer.num_heads
    with torch.no_grad():
        layer.query.weight.mul_(0.1)
        layer.query.bias.fill_(2.0)
        layer.key.bias.fill_((75.0 if draw.case % 2 else 1000.0) / size**0.5)


def _gradients(layer_class: Any, draw: Draw) -> Observed:
    layer, tokens = _attention(layer_class, draw)
    names = ("query", "key", "value", "output")
    weights = {f"{name}.weight": getattr(layer, name).weight for name in names}
    weights |= {f"{name}.bias": getattr(layer, name).bias for name in names}
    return observe(layer(tokens), grad_of={"tokens": tokens, **weights})


attention = question("2", _ATTENTION, ban=ATTENTION)


@attention.check(points=2, cases=4)
def attention_values(student: Any, draw: Draw) -> Observed:
    """softmax over the keys of q k^T / sqrt(d) in each head, heads end to end, then `output`."""
    return _values(student.MultiHeadSelfAttention, draw)


@attention.check(points=1.5, cases=1)
def attention_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the tokens and all four maps."""
    return _gradients(student.MultiHeadSelfAttention, draw)


@attention.check(points=1.5)
def attention_edges(student: Any, draw: Draw) -> Observed:
    """One token, one sequence, one head, and scores so large that a plain exp overflows."""
    return _edges(student.MultiHeadSelfAttention, draw)


einsum = question("5", _EINSUM, ban=ATTENTION, rule=EINSUM, extra_credit=True)


@einsum.check(points=1)
def einsum_values(student: Any, draw: Draw) -> Observed:
    """The values of task 2, with every product in einsum; large scores must not overflow."""
    edges = _edges(student.EinsumSelfAttention, draw.derived("edges"))
    return _values(student.EinsumSelfAttention, draw) | edges


@einsum.check(points=1, cases=1)
def einsum_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the tokens and all four maps, with every product in einsum."""
    return _gradients(student.EinsumSelfAttention, draw)


# --- 3 encoder block ----------------------------------------------------------------------------


def _block(student: Any, draw: Draw) -> tuple[Any, Tensor]:
    batch, length = draw.sizes(2, 2, 5)
    block = student.EncoderBlock(6, 2, 10)
    for name in ("norm_1", "attention", "norm_2", "mlp"):
        draw.derived(name).fill(getattr(block, name))
    return block, draw.normal(batch, length, 6, requires_grad=True)


block = question("3", _BLOCK, stand_ins=other_attention)


@block.check(points=1)
def block_values(student: Any, draw: Draw) -> Observed:
    """Both norms come before their part, both residual connections go around it."""
    block, tokens = _block(student, draw)
    return observe(
        block(tokens),
        one_sequence=block(tokens[:1]),
        one_token=block(tokens[:, :1]),
        strided=block.eval()(tokens.mT.contiguous().mT),
        unchanged={"tokens": tokens},
    )


@block.check(points=1, cases=1)
def block_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the tokens, both norms and the network."""
    block, tokens = _block(student, draw)
    weights = {
        f"{part}.{name}": weight
        for part in ("norm_1", "attention", "norm_2", "mlp")
        for name, weight in getattr(block, part).named_parameters()
    }
    return observe(block(tokens), grad_of={"tokens": tokens, **weights})


# --- 4 vision transformer -----------------------------------------------------------------------


def _needs(model: Any, *names: str) -> None:
    for name in names:
        if not hasattr(model, name):
            raise Absent(f"`ViT` has no attribute `{name}`. Create it in `__init__`.")


vit_init = question("4.1", _INIT, stand_ins=other_count)


@vit_init.check(points=1, cases=1)
def vit_init_shapes(student: Any, draw: Draw) -> Observed:
    """One position for each token, for any image and patch size."""
    seen: dict[str, Any] = {}
    for image, patch, width in ((64, 16, 64), (32, 4, 16), (12, 3, 8), (9, 9, 4)):
        model = student.ViT(image, patch, 3, 5, width, 1, 2, 8)
        _needs(model, "class_token", "positions")
        where = f"{image} pixels, patches of {patch}"
        seen[f"class_token, {where}"] = str(tuple(model.class_token.shape))
        seen[f"positions, {where}"] = str(tuple(model.positions.shape))
    return observe(**seen)


@vit_init.check(points=1, cases=1)
def vit_init_learnt(student: Any, draw: Draw) -> Observed:
    """Class token and positions are parameters, and there are no others but those given."""
    model = student.ViT(12, 3, 3, 5, 8, 2, 2, 8)
    _needs(model, "class_token", "positions")
    learnt = [name for name, p in model.named_parameters() if p.requires_grad]
    return observe(
        class_token_is_learnt="class_token" in learnt,
        positions_are_learnt="positions" in learnt,
        learnable_numbers=sum(p.numel() for p in model.parameters() if p.requires_grad),
    )


def _vit(
    student: Any, draw: Draw, side: int = 12, classes: int = 3, depth: int = 3
) -> tuple[Any, Tensor]:
    """A small model with known parameters, and images for it: patches of 4 x 4."""
    model = student.ViT(side, 4, 2, classes, 8, depth, 2, 8)
    fill_parts(draw, model, "patch_embedding", "blocks", "norm", "head", "class_token", "positions")
    return model, draw.normal(3, 2, side, side, requires_grad=True)


vit_forward = question("4.2", _FORWARD, stand_ins=other_parts)


@vit_forward.check(points=1)
def vit_forward_values(student: Any, draw: Draw) -> Observed:
    """Tokens, class token in front, positions, blocks, norm, head on the class token."""
    model, images = _vit(student, draw)
    small, its_images = _vit(student, draw.derived("small"), side=4, classes=1, depth=1)
    return observe(
        model(images),
        one_image=model(images[:1]),
        one_patch_and_one_class=small(its_images[:1]),
        strided=model.eval()(images.mT.contiguous().mT),
        unchanged={"images": images},
    )


@vit_forward.check(points=1, cases=1)
def vit_forward_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the images, class token, positions, and all layers."""
    model, images = _vit(student, draw)
    wanted = {
        "class_token": model.class_token,
        "positions": model.positions,
        "images": images,
        "projection.weight": model.patch_embedding.projection.weight,
        "mlp.0.weight of the first block": model.blocks[0].mlp[0].weight,
        "norm.weight": model.norm.weight,
        "head.weight": model.head.weight,
        "head.bias": model.head.bias,
    }
    return observe(model(images), grad_of=wanted)
