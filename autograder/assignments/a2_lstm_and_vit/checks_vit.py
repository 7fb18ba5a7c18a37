"""Problem 2: layer normalisation, multi-head attention, and a Vision Transformer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from autograder.assignments.a2_lstm_and_vit.placement import place_projections
from autograder.assignments.a2_lstm_and_vit.stand_ins import (
    OtherBlock,
    OtherHead,
    other_get_patches,
    other_helpers,
    other_norm_and_attention,
    plain_attention_init,
    plain_vit_init,
)
from autograder.probe import Draw, Observed, Patches, check, observe
from autograder.probe.bans import ATTENTION, LAYER_NORM

_NORM = "vit_solution:LayerNorm.forward"
_MHA = "vit_solution:MultiHeadedAttention"
_VIT = "vit_solution:VisionTransformer"


# --- 2.1 LayerNorm ------------------------------------------------------------------------------


def _norm(student: Any, draw: Draw, width: int, eps: float) -> Any:
    layer = student.LayerNorm(width, eps=eps)
    draw.fill(layer)
    return layer


@check("2.1", "layer_norm.values", target=_NORM, points=2, bans=LAYER_NORM, cases=4)
def layer_norm__values(student: Any, draw: Draw) -> Observed:
    """Normalises over the last axis with the biased variance, eps inside the root."""
    *leading, width = draw.sizes(2 + draw.case // 2)
    layer = _norm(student, draw, width, eps=draw.uniform(1e-5, 0.5))
    x = draw.normal(*leading, width, scale=2.0, shift=draw.uniform(-3, 3))
    return observe(layer(x), unchanged={"inputs": x})


@check("2.1", "layer_norm.gradients", target=_NORM, points=1, bans=LAYER_NORM)
def layer_norm__gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the inputs, the weight and the bias, through mean and variance too."""
    batch, length, width = draw.sizes(3)
    layer = _norm(student, draw, width, eps=draw.uniform(1e-3, 0.5))
    x = draw.normal(batch, length, width, requires_grad=True)
    return observe(layer(x), grad_of={"inputs": x, "weight": layer.weight, "bias": layer.bias})


@check("2.1", "layer_norm.eps", target=_NORM, points=1, bans=LAYER_NORM)
def layer_norm__eps(student: Any, draw: Draw) -> Observed:
    """Constant vectors give the bias, not NaN; an eps of 1e-5 and one of 0.5 both count."""
    length, width = draw.sizes(2)
    small, large = (_norm(student, draw, width, eps) for eps in (1e-5, 0.5))
    constant = draw.normal(2, length, 1).expand(2, length, width).clone()
    nearly = draw.normal(2, length, width, scale=0.003)
    return observe(
        constant_vectors=small(constant),
        small_variance_small_eps=small(nearly),
        small_variance_large_eps=large(nearly),
    )


@check("2.1", "layer_norm.edges", target=_NORM, points=1, bans=LAYER_NORM)
def layer_norm__edges(student: Any, draw: Draw) -> Observed:
    """One vector, a batch of one, and large values."""
    length, width = draw.sizes(2)
    layer = _norm(student, draw, width, eps=1e-5)
    return observe(
        one_vector=layer(draw.normal(width)),
        batch_of_one=layer(draw.normal(1, length, width)),
        large_values=layer(draw.normal(2, length, width, scale=100.0, shift=20.0)),
    )


# --- 2.2 split_heads and merge_heads ------------------------------------------------------------


def _attention(student: Any, draw: Draw) -> tuple[Any, int, int, int, int]:
    """A module and its sizes B, H, T, D, all different."""
    batch, heads, length, size = draw.sizes(4, 2, 6)
    return student.MultiHeadedAttention(size, heads, length), batch, heads, length, size


@check("2.2", "split_heads.values", target=f"{_MHA}.split_heads", points=1, bans=ATTENTION,
       stand_ins=plain_attention_init)  # fmt: skip
def split_heads__values(student: Any, draw: Draw) -> Observed:
    """Entry [b, h, t, i] of the result is entry [b, t, h * dim + i] of the input."""
    layer, batch, heads, length, size = _attention(student, draw)
    x = draw.normal(batch, length, heads * size)
    return observe(layer.split_heads(x), unchanged={"tensor": x})


@check("2.2", "split_heads.any_width", target=f"{_MHA}.split_heads", points=1, bans=ATTENTION,
       stand_ins=plain_attention_init)  # fmt: skip
def split_heads__any_width(student: Any, draw: Draw) -> Observed:
    """A head width that is not head_size, a batch of one, and gradients."""
    layer, _, heads, length, size = _attention(student, draw)
    x = draw.normal(1, length, heads * (size + 1), requires_grad=True)
    return observe(layer.split_heads(x), grad_of={"tensor": x})


@check("2.2", "merge_heads.values", target=f"{_MHA}.merge_heads", points=1, bans=ATTENTION,
       stand_ins=plain_attention_init)  # fmt: skip
def merge_heads__values(student: Any, draw: Draw) -> Observed:
    """Entry [b, t, h * dim + i] of the result is entry [b, h, t, i] of the input."""
    layer, batch, heads, length, size = _attention(student, draw)
    x = draw.normal(batch, heads, length, size)
    return observe(layer.merge_heads(x), unchanged={"tensor": x})


@check("2.2", "merge_heads.any_width", target=f"{_MHA}.merge_heads", points=1, bans=ATTENTION,
       stand_ins=plain_attention_init)  # fmt: skip
def merge_heads__any_width(student: Any, draw: Draw) -> Observed:
    """A head width that is not head_size, a batch of one, and gradients."""
    layer, _, heads, length, size = _attention(student, draw)
    x = draw.normal(1, heads, length, size + 1, requires_grad=True)
    return observe(layer.merge_heads(x), grad_of={"tensor": x})


# --- 2.3 attention weights ----------------------------------------------------------------------

_WEIGHTS = f"{_MHA}.get_attention_weights"


def _queries_and_keys(student: Any, draw: Draw, scale: float = 1.0) -> tuple[Any, Tensor, Tensor]:
    layer, batch, heads, length, size = _attention(student, draw)
    queries, keys = (
        draw.normal(batch, heads, length, size, scale=scale, requires_grad=True) for _ in range(2)
    )
    return layer, queries, keys


@check("2.3", "attention_weights.values", target=_WEIGHTS, points=3, bans=ATTENTION,
       stand_ins=plain_attention_init)  # fmt: skip
def attention_weights__values(student: Any, draw: Draw) -> Observed:
    """softmax over the keys of q k^T / sqrt(head_size)."""
    layer, queries, keys = _queries_and_keys(student, draw)
    weights = layer.get_attention_weights(queries, keys)
    return observe(weights, unchanged={"queries": queries, "keys": keys})


@check("2.3", "attention_weights.gradients", target=_WEIGHTS, points=2, bans=ATTENTION,
       stand_ins=plain_attention_init)  # fmt: skip
def attention_weights__gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach queries and keys."""
    layer, queries, keys = _queries_and_keys(student, draw)
    weights = layer.get_attention_weights(queries, keys)
    return observe(weights, grad_of={"queries": queries, "keys": keys})


@check("2.3", "attention_weights.large_scores", target=_WEIGHTS, points=2, bans=ATTENTION,
       stand_ins=plain_attention_init)  # fmt: skip
def attention_weights__large_scores(student: Any, draw: Draw) -> Observed:
    """Scores in the thousands overflow a plain exp; the weights stay finite and right."""
    layer, queries, keys = _queries_and_keys(student, draw, scale=60.0)
    return observe(layer.get_attention_weights(queries, keys))


@check("2.3", "attention_weights.batch_of_one", target=_WEIGHTS, points=1, bans=ATTENTION,
       stand_ins=plain_attention_init)  # fmt: skip
def attention_weights__batch_of_one(student: Any, draw: Draw) -> Observed:
    """One sequence, and heads that do not mix."""
    layer, queries, keys = _queries_and_keys(student, draw)
    return observe(layer.get_attention_weights(queries[:1], keys[:1]))


# --- 2.4 apply_attention ------------------------------------------------------------------------

_APPLY = f"{_MHA}.apply_attention"


def _plain_init_and_other_helpers(patches: Patches, draw: Draw) -> None:
    plain_attention_init(patches, draw)
    other_helpers(patches, draw)


def _apply(student: Any, draw: Draw) -> tuple[Tensor, dict[str, Tensor]]:
    layer, batch, heads, length, size = _attention(student, draw)
    inputs = {
        name: draw.normal(batch, heads, length, size, requires_grad=True)
        for name in ("queries", "keys", "values")
    }
    return layer.apply_attention(**inputs), inputs


@check("2.4", "apply_attention.values", target=_APPLY, points=1, bans=ATTENTION,
       stand_ins=_plain_init_and_other_helpers)  # fmt: skip
def apply_attention__values(student: Any, draw: Draw) -> Observed:
    """The values averaged by the attention weights, with the heads merged."""
    output, inputs = _apply(student, draw)
    return observe(output, unchanged=inputs)


@check("2.4", "apply_attention.gradients", target=_APPLY, points=1, bans=ATTENTION,
       stand_ins=_plain_init_and_other_helpers)  # fmt: skip
def apply_attention__gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach queries, keys and values."""
    output, inputs = _apply(student, draw)
    return observe(output, grad_of=inputs)


# --- 2.5 the attention layer --------------------------------------------------------------------

_FORWARD = f"{_MHA}.forward"


def _layer(student: Any, draw: Draw) -> tuple[Any, Tensor]:
    """A layer with known projections, wherever the student keeps them, and inputs for it."""
    heads, size = (2, 3) if draw.integer(0, 1) else (3, 2)
    length = draw.integer(4, 5)
    layer = student.MultiHeadedAttention(size, heads, length).double()
    x = draw.normal(2, length, heads * size, requires_grad=True)
    layer(x)  # whatever it has to complain of, before its parameters are looked at
    place_projections(layer, heads, size, length, draw)
    return layer, x


@check("2.5", "attention_forward.values", target=_FORWARD, points=1, bans=ATTENTION,
       stand_ins=other_helpers, cases=1)  # fmt: skip
def attention_forward__values(student: Any, draw: Draw) -> Observed:
    """Three affine projections with bias, attention, merged heads, output projection with bias."""
    layer, x = _layer(student, draw)
    return observe(layer(x), batch_of_one=layer(x[:1]), unchanged={"hidden_states": x})


@check("2.5", "attention_forward.gradients", target=_FORWARD, points=1, bans=ATTENTION,
       stand_ins=other_helpers, cases=1)  # fmt: skip
def attention_forward__gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the hidden states."""
    layer, x = _layer(student, draw)
    return observe(layer(x), grad_of={"hidden_states": x})


@check("2.5", "attention_forward.parameters", target=_FORWARD, points=1, bans=ATTENTION, cases=1)
def attention_forward__parameters(student: Any, draw: Draw) -> Observed:
    """As many learnable parameters as the four affine maps with biases have, and no more."""
    heads, size, length = draw.sizes(3)
    layer = student.MultiHeadedAttention(size, heads, length)
    count = sum(p.numel() for p in layer.parameters() if p.requires_grad)
    output = layer.to(draw.dtype)(draw.normal(1, length, heads * size))
    return observe(output_shape=str(tuple(output.shape)), learnable_parameters=count)


# --- 2.6 patches --------------------------------------------------------------------------------

_PATCHES = f"{_VIT}.get_patches"


def _image(draw: Draw, channels: int, patch: int) -> Tensor:
    rows, columns, batch = draw.sizes(3, 2, 5)
    return draw.normal(batch, channels, rows * patch, columns * patch, requires_grad=True)


def _vit(student: Any) -> Any:
    return student.VisionTransformer(
        embed_dim=8, hidden_dim=6, num_heads=2, num_layers=1, num_patches=4
    )


@check("2.6", "get_patches.values", target=_PATCHES, points=1, stand_ins=plain_vit_init, cases=4)
def get_patches__values(student: Any, draw: Draw) -> Observed:
    """Patches row by row, channel first inside a patch; oblong images, 1, 3 and 4 channels."""
    patch = draw.integer(2, 4)
    image = _image(draw, channels=(3, 1, 4, 2)[draw.case], patch=patch)
    vit = _vit(student)
    return observe(vit.get_patches(image, patch), unchanged={"image": image})


@check("2.6", "get_patches.forms", target=_PATCHES, points=1, stand_ins=plain_vit_init)
def get_patches__forms(student: Any, draw: Draw) -> Observed:
    """flatten_channels=False keeps (C, p, p); one image; one patch; gradients."""
    image = _image(draw, channels=draw.choice((3, 4)), patch=3)
    vit = _vit(student)
    return observe(
        vit.get_patches(image, 3),
        grad_of={"image": image},
        not_flattened=vit.get_patches(image, 3, flatten_channels=False),
        one_image=vit.get_patches(image[:1], 3),
        one_patch=vit.get_patches(image[:, :, :3, :3], 3),
    )


# --- 2.7 the pre-norm block ---------------------------------------------------------------------

_BLOCK = "vit_solution:PreNormAttentionBlock.forward"


def _block(student: Any, draw: Draw) -> tuple[Any, Tensor]:
    heads = draw.choice((2, 3))
    batch, length, hidden = draw.sizes(3, 3, 9)
    width = heads * 5
    block = student.PreNormAttentionBlock(width, hidden, heads, length)
    draw.fill(block)
    return block, draw.normal(batch, length, width, requires_grad=True)


@check("2.7", "pre_norm.values", target=_BLOCK, points=0.5, own=False,
       stand_ins=other_norm_and_attention)  # fmt: skip
def pre_norm__values(student: Any, draw: Draw) -> Observed:
    """Two residual branches, each with its norm in front of its layer; a batch of one."""
    block, x = _block(student, draw)
    return observe(block(x), batch_of_one=block(x[:1]), unchanged={"inputs": x})


@check("2.7", "pre_norm.gradients", target=_BLOCK, points=0.5, own=False,
       stand_ins=other_norm_and_attention)  # fmt: skip
def pre_norm__gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the inputs and both norms."""
    block, x = _block(student, draw)
    wanted = {"inputs": x, "layer_norm_1.weight": block.layer_norm_1.weight}
    return observe(block(x), grad_of=wanted | {"layer_norm_2.weight": block.layer_norm_2.weight})


# --- 2.8 the Vision Transformer -----------------------------------------------------------------

_VIT_FORWARD = f"{_VIT}.forward"


def _whole(
    student: Any, draw: Draw, dropout: float = 0.0, block: str = "prenorm"
) -> tuple[Any, Tensor]:
    """A Vision Transformer whose blocks and head are stand-ins, and images for it.

    The parts are found by what they are, not by their names: a block is what the student's block
    classes build, the head is the child that ends in `num_classes` numbers.
    """
    batch, rows, columns, classes = draw.sizes(4, 2, 7)
    channels, patch, width = draw.choice((1, 3, 4)), draw.choice((2, 3)), 10
    with Patches(student) as patches:
        patches.replace("PreNormAttentionBlock", OtherBlock)
        patches.replace("PostNormAttentionBlock", OtherBlock)
        vit = student.VisionTransformer(
            embed_dim=width,
            hidden_dim=11,
            num_channels=channels,
            num_heads=2,
            num_layers=draw.integer(2, 3),
            num_classes=classes + 12,
            patch_size=patch,
            num_patches=rows * columns,
            block=block,
            dropout=dropout,
        )
    for name, child in list(vit.named_children()):
        linears = [m for m in child.modules() if isinstance(m, nn.Linear)]
        if linears and linears[-1].out_features == classes + 12:
            setattr(vit, name, OtherHead(width, classes + 12))
    draw.fill(vit)
    image = draw.normal(batch, channels, rows * patch, columns * patch, requires_grad=True)
    return vit, image


@check("2.8", "vit_forward.values", target=_VIT_FORWARD, points=1, stand_ins=other_get_patches,
       cases=4)  # fmt: skip
def vit_forward__values(student: Any, draw: Draw) -> Observed:
    """Patches, projection, class token in front, positions, blocks, head on the class token."""
    vit, image = _whole(student, draw, block=("prenorm", "postnorm")[draw.case // 2])
    return observe(vit(image), batch_of_one=vit(image[:1]), unchanged={"image": image})


@check("2.8", "vit_forward.gradients", target=_VIT_FORWARD, points=0.5, stand_ins=other_get_patches)
def vit_forward__gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the image, the class token and the position embedding."""
    vit, image = _whole(student, draw)
    wanted = {"image": image, "cls_token": vit.cls_token, "pos_embedding": vit.pos_embedding}
    return observe(vit(image), grad_of=wanted)


@check("2.8", "vit_forward.dropout", target=_VIT_FORWARD, points=0.5, stand_ins=other_get_patches)
def vit_forward__dropout(student: Any, draw: Draw) -> Observed:
    """Dropout acts in training and not in evaluation."""
    vit, image = _whole(student, draw, dropout=0.5)
    draw.seed_torch()
    varies = not torch.equal(vit.train()(image), vit(image))
    vit.eval()
    return observe(vit(image), dropout_acts_in_training=varies)


# --- 2.9 its loss -------------------------------------------------------------------------------


def _scores(draw: Draw, scale: float = 2.0) -> tuple[Tensor, Tensor]:
    batch, classes = draw.sizes(2, 3, 9)
    return draw.normal(batch, classes, scale=scale, requires_grad=True), draw.integers(
        0, classes - 1, batch
    )


@check("2.9", "vit_loss.values", target=f"{_VIT}.loss", points=0.5, stand_ins=plain_vit_init)
def vit_loss__values(student: Any, draw: Draw) -> Observed:
    """The mean cross-entropy of the batch, also for large logits and a batch of one."""
    vit = _vit(student)
    preds, labels = _scores(draw)
    large, large_labels = _scores(draw, scale=2000.0)
    return observe(
        vit.loss(preds, labels),
        large_logits=vit.loss(large, large_labels),
        batch_of_one=vit.loss(preds[:1], labels[:1]),
        unchanged={"preds": preds},
    )


@check("2.9", "vit_loss.gradients", target=f"{_VIT}.loss", points=0.5, stand_ins=plain_vit_init)
def vit_loss__gradients(student: Any, draw: Draw) -> Observed:
    """The gradient with respect to the logits is right."""
    preds, labels = _scores(draw)
    return observe(_vit(student).loss(preds, labels), grad_of={"preds": preds})
