"""Problem 2, second half: patches, the pre-norm block, the Vision Transformer and its loss."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from autograder.assignments.a2_lstm_and_vit.stand_ins import (
    OtherBlock,
    OtherHead,
    other_get_patches,
    other_norm_and_attention,
    plain_vit_init,
)
from autograder.kit.checks import Draw, Observed, StandIns, fixed_dropout, observe, question

_VIT = "vit_solution:VisionTransformer"


# --- 2.6 patches --------------------------------------------------------------------------------

_PATCHES = f"{_VIT}.get_patches"


def _image(draw: Draw, channels: int, patch: int) -> Tensor:
    rows, columns, batch = draw.sizes(3, 2, 5)
    return draw.normal(batch, channels, rows * patch, columns * patch, requires_grad=True)


def _vit(student: Any) -> Any:
    return student.VisionTransformer(
        embed_dim=8, hidden_dim=6, num_heads=2, num_layers=1, num_patches=4
    )


get_patches = question("2.6", _PATCHES, stand_ins=plain_vit_init)


@get_patches.check(points=1, cases=4)
def get_patches_values(student: Any, draw: Draw) -> Observed:
    """Patches row by row, channel first inside a patch; oblong images, 1, 3 and 4 channels."""
    patch = draw.integer(2, 4)
    image = _image(draw, channels=(3, 1, 4, 2)[draw.case], patch=patch)
    vit = _vit(student)
    return observe(vit.get_patches(image, patch), unchanged={"image": image})


@get_patches.check(points=1)
def get_patches_forms(student: Any, draw: Draw) -> Observed:
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


pre_norm = question("2.7", _BLOCK, stand_ins=other_norm_and_attention, own=False)


@pre_norm.check(points=0.5)
def pre_norm_values(student: Any, draw: Draw) -> Observed:
    """Two residual branches, each with its norm in front of its layer; a batch of one."""
    block, x = _block(student, draw)
    return observe(block(x), batch_of_one=block(x[:1]), unchanged={"inputs": x})


@pre_norm.check(points=0.5)
def pre_norm_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the inputs and both norms; one token; the dtype."""
    block, x = _block(student, draw)
    short = student.PreNormAttentionBlock(x.shape[-1], 5, 1, 1)
    draw.fill(short)
    one_token = short(x[:, :1].detach())
    wanted = {"inputs": x, "layer_norm_1.weight": block.layer_norm_1.weight}
    wanted |= {"layer_norm_2.weight": block.layer_norm_2.weight}
    return observe(block(x), dtype=True, grad_of=wanted, one_token=one_token)


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
    with StandIns(student) as stand_ins:
        stand_ins.replace("PreNormAttentionBlock", OtherBlock)
        stand_ins.replace("PostNormAttentionBlock", OtherBlock)
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
        if isinstance(child, nn.ModuleList | nn.Sequential):
            for place, part in enumerate(child):
                if type(part).__module__ == student.__name__:  # a block under another name
                    child[place] = OtherBlock(width, 11, 2, 1 + rows * columns)
        linears = [m for m in child.modules() if isinstance(m, nn.Linear)]
        if linears and linears[-1].out_features == classes + 12:
            setattr(vit, name, OtherHead(width, classes + 12))
    draw.fill(vit)
    image = draw.normal(batch, channels, rows * patch, columns * patch, requires_grad=True)
    return vit, image


vit_forward = question("2.8", _VIT_FORWARD, stand_ins=other_get_patches)


@vit_forward.check(points=1, cases=4)
def vit_forward_values(student: Any, draw: Draw) -> Observed:
    """StandIns, projection, class token in front, positions, blocks, head on the class token."""
    vit, image = _whole(student, draw, block=("prenorm", "postnorm")[draw.case // 2])
    return observe(vit(image), batch_of_one=vit(image[:1]), unchanged={"image": image})


@vit_forward.check(points=0.5)
def vit_forward_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the image, the class token and the position embedding."""
    vit, image = _whole(student, draw)
    wanted = {"image": image, "cls_token": vit.cls_token, "pos_embedding": vit.pos_embedding}
    return observe(vit(image), dtype=True, grad_of=wanted)


@vit_forward.check(points=0.5)
def vit_forward_dropout(student: Any, draw: Draw) -> Observed:
    """Dropout acts on the embedded tokens in training, with the p given, not in evaluation."""
    vit, image = _whole(student, draw, dropout=draw.uniform(0.2, 0.6))
    with fixed_dropout():
        in_training = vit.train()(image)
        in_evaluation = vit.eval()(image)
    return observe(in_training=in_training, in_evaluation=in_evaluation)


# --- 2.9 its loss -------------------------------------------------------------------------------


def _scores(draw: Draw, scale: float = 2.0) -> tuple[Tensor, Tensor]:
    batch, classes = draw.sizes(2, 3, 9)
    return draw.normal(batch, classes, scale=scale, requires_grad=True), draw.integers(
        0, classes - 1, batch
    )


vit_loss = question("2.9", f"{_VIT}.loss", stand_ins=plain_vit_init)


@vit_loss.check(points=0.5)
def vit_loss_values(student: Any, draw: Draw) -> Observed:
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


@vit_loss.check(points=0.5)
def vit_loss_gradients(student: Any, draw: Draw) -> Observed:
    """The gradient with respect to the logits is right."""
    preds, labels = _scores(draw)
    return observe(_vit(student).loss(preds, labels), dtype=True, grad_of={"preds": preds})
