"""Problem 2, first half: layer normalisation and multi-head attention."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from autograder.assignments.a2_lstm_and_vit.placement import place_projections
from autograder.assignments.a2_lstm_and_vit.stand_ins import other_helpers, plain_attention_init
from autograder.kit.checks import ATTENTION, LAYER_NORM, Draw, Observed, StandIns, observe, question

_NORM = "vit_solution:LayerNorm.forward"
_MHA = "vit_solution:MultiHeadedAttention"


# --- 2.1 LayerNorm ------------------------------------------------------------------------------


def _norm(student: Any, draw: Draw, width: int, eps: float) -> Any:
    layer = student.LayerNorm(width, eps=eps)
    draw.fill(layer)
    return layer


layer_norm = question("2.1", _NORM, ban=LAYER_NORM)


@layer_norm.check(points=2, cases=4)
def layer_norm_values(student: Any, draw: Draw) -> Observed:
    """Normalises over the last axis with the biased variance, eps inside the root."""
    *leading, width = draw.sizes(2 + draw.case // 2)
    layer = _norm(student, draw, width, eps=draw.uniform(1e-5, 0.5))
    x = draw.normal(*leading, width, scale=2.0, shift=draw.uniform(-3, 3))
    return observe(layer(x), unchanged={"inputs": x})


@layer_norm.check(points=1)
def layer_norm_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the inputs, the weight and the bias, through mean and variance too."""
    batch, length, width = draw.sizes(3)
    layer = _norm(student, draw, width, eps=draw.uniform(1e-3, 0.5))
    x = draw.normal(batch, length, width, requires_grad=True)
    return observe(layer(x), grad_of={"inputs": x, "weight": layer.weight, "bias": layer.bias})


@layer_norm.check(points=1)
def layer_norm_eps(student: Any, draw: Draw) -> Observed:
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


@layer_norm.check(points=1)
def layer_norm_edges(student: Any, draw: Draw) -> Observed:
    """One vector, a batch of one, large values, not contiguous ones, and the dtype."""
    length, width = draw.sizes(2)
    layer = _norm(student, draw, width, eps=1e-5)
    return observe(
        layer(draw.normal(length, width)),
        dtype=True,
        one_vector=layer(draw.normal(width)),
        transposed=layer(draw.normal(width, length).t()),
        batch_of_one=layer(draw.normal(1, length, width)),
        one_token=layer(draw.normal(length, 1, width)),
        large_values=layer(draw.normal(2, length, width, scale=100.0, shift=20.0)),
    )


# --- 2.2 split_heads and merge_heads ------------------------------------------------------------


def _attention(student: Any, draw: Draw) -> tuple[Any, int, int, int, int]:
    """A module and its sizes B, H, T, D, all different."""
    batch, heads, length, size = draw.sizes(4, 2, 6)
    return student.MultiHeadedAttention(size, heads, length), batch, heads, length, size


split_heads = question("2.2", f"{_MHA}.split_heads", ban=ATTENTION, stand_ins=plain_attention_init)


@split_heads.check(points=1)
def split_heads_values(student: Any, draw: Draw) -> Observed:
    """Entry [b, h, t, i] of the result is entry [b, t, h * dim + i] of the input."""
    layer, batch, heads, length, size = _attention(student, draw)
    x = draw.normal(batch, length, heads * size)
    return observe(layer.split_heads(x), unchanged={"tensor": x})


@split_heads.check(points=1)
def split_heads_any_width(student: Any, draw: Draw) -> Observed:
    """A head width that is not head_size, a batch of one, one token, one head, gradients."""
    layer, _, heads, length, size = _attention(student, draw)
    x = draw.normal(1, length, heads * (size + 1), requires_grad=True)
    one_head = student.MultiHeadedAttention(size, 1, length)
    return observe(
        layer.split_heads(x),
        grad_of={"tensor": x},
        dtype=True,
        one_token=layer.split_heads(x[:, :1]),
        one_head=one_head.split_heads(x),
        not_contiguous=layer.split_heads(x.transpose(0, 1)),
    )


merge_heads = question("2.2", f"{_MHA}.merge_heads", ban=ATTENTION, stand_ins=plain_attention_init)


@merge_heads.check(points=1)
def merge_heads_values(student: Any, draw: Draw) -> Observed:
    """Entry [b, t, h * dim + i] of the result is entry [b, h, t, i] of the input."""
    layer, batch, heads, length, size = _attention(student, draw)
    x = draw.normal(batch, heads, length, size)
    return observe(layer.merge_heads(x), unchanged={"tensor": x})


@merge_heads.check(points=1)
def merge_heads_any_width(student: Any, draw: Draw) -> Observed:
    """A head width that is not head_size, a batch of one, one token, one head, gradients."""
    layer, _, heads, length, size = _attention(student, draw)
    x = draw.normal(1, heads, length, size + 1, requires_grad=True)
    one_head = student.MultiHeadedAttention(size, 1, length)
    return observe(
        layer.merge_heads(x),
        grad_of={"tensor": x},
        dtype=True,
        one_token=layer.merge_heads(x[:, :, :1]),
        one_head=one_head.merge_heads(x[:, :1]),
        not_contiguous=layer.merge_heads(x.transpose(2, 3)),
    )


# --- 2.3 attention weights ----------------------------------------------------------------------

_WEIGHTS = f"{_MHA}.get_attention_weights"


def _queries_and_keys(student: Any, draw: Draw, scale: float = 1.0) -> tuple[Any, Tensor, Tensor]:
    layer, batch, heads, length, size = _attention(student, draw)
    queries, keys = (
        draw.normal(batch, heads, length, size, scale=scale, requires_grad=True) for _ in range(2)
    )
    return layer, queries, keys


attention_weights = question("2.3", _WEIGHTS, ban=ATTENTION, stand_ins=plain_attention_init)


@attention_weights.check(points=3)
def attention_weights_values(student: Any, draw: Draw) -> Observed:
    """softmax over the keys of q k^T / sqrt(head_size)."""
    layer, queries, keys = _queries_and_keys(student, draw)
    weights = layer.get_attention_weights(queries, keys)
    return observe(weights, unchanged={"queries": queries, "keys": keys})


@attention_weights.check(points=2)
def attention_weights_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach queries and keys."""
    layer, queries, keys = _queries_and_keys(student, draw)
    weights = layer.get_attention_weights(queries, keys)
    return observe(weights, grad_of={"queries": queries, "keys": keys})


@attention_weights.check(points=2)
def attention_weights_large_scores(student: Any, draw: Draw) -> Observed:
    """Scores in the thousands overflow a plain exp; the weights stay finite and right."""
    layer, queries, keys = _queries_and_keys(student, draw, scale=60.0)
    return observe(layer.get_attention_weights(queries, keys))


@attention_weights.check(points=1)
def attention_weights_batch_of_one(student: Any, draw: Draw) -> Observed:
    """One sequence, one token, one head, heads that do not mix, and the dtype."""
    layer, queries, keys = _queries_and_keys(student, draw)
    one_head = student.MultiHeadedAttention(queries.shape[-1], 1, queries.shape[-2])
    return observe(
        layer.get_attention_weights(queries[:1], keys[:1]),
        dtype=True,
        one_token=layer.get_attention_weights(queries[:, :, :1], keys[:, :, :1]),
        one_head=one_head.get_attention_weights(queries[:, :1], keys[:, :1]),
    )


# --- 2.4 apply_attention ------------------------------------------------------------------------

_APPLY = f"{_MHA}.apply_attention"


def _plain_init_and_other_helpers(stand_ins: StandIns, draw: Draw) -> None:
    plain_attention_init(stand_ins, draw)
    other_helpers(stand_ins, draw)


def _apply(student: Any, draw: Draw) -> tuple[Tensor, dict[str, Tensor]]:
    layer, batch, heads, length, size = _attention(student, draw)
    inputs = {
        name: draw.normal(batch, heads, length, size, requires_grad=True)
        for name in ("queries", "keys", "values")
    }
    return layer.apply_attention(*inputs.values()), inputs


apply_attention = question("2.4", _APPLY, ban=ATTENTION, stand_ins=_plain_init_and_other_helpers)


@apply_attention.check(points=1)
def apply_attention_values(student: Any, draw: Draw) -> Observed:
    """The values averaged by the attention weights, with the heads merged."""
    output, inputs = _apply(student, draw)
    return observe(output, dtype=True, unchanged=inputs)


@apply_attention.check(points=1)
def apply_attention_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach queries, keys and values; one head, and a batch of one."""
    output, inputs = _apply(student, draw)
    heads, length, size = inputs["values"].shape[1:]
    one_head = student.MultiHeadedAttention(size, 1, length)
    layer = student.MultiHeadedAttention(size, heads, length)
    return observe(
        output,
        grad_of=inputs,
        one_head=one_head.apply_attention(*(x[:, :1] for x in inputs.values())),
        batch_of_one=layer.apply_attention(*(x[:1] for x in inputs.values())),
    )


# --- 2.5 the attention layer --------------------------------------------------------------------

_FORWARD = f"{_MHA}.forward"


def _layer(student: Any, draw: Draw) -> tuple[Any, Tensor, Any]:
    """A layer with known projections, wherever the student keeps them, and inputs for it."""
    heads, size = (2, 3) if draw.integer(0, 1) else (3, 2)
    length = draw.integer(4, 5)
    layer = student.MultiHeadedAttention(size, heads, length).double()
    x = draw.normal(2, length, heads * size, requires_grad=True)
    layer(x)  # so that its own errors come before its parameters are looked at
    return layer, x, place_projections(layer, heads, size, length, draw)


attention_forward = question("2.5", _FORWARD, ban=ATTENTION, stand_ins=other_helpers)


@attention_forward.check(points=1, cases=1)
def attention_forward_values(student: Any, draw: Draw) -> Observed:
    """Three affine projections with bias, attention, merged heads, output projection with bias."""
    layer, x, _ = _layer(student, draw)
    return observe(layer(x), batch_of_one=layer(x[:1]), unchanged={"hidden_states": x})


@attention_forward.check(points=1, cases=1)
def attention_forward_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the hidden states and all four projections."""
    layer, x, projections = _layer(student, draw)
    found = projections.projection_gradients(x)
    named = {f"gradient with respect to {name}": value for name, value in found.items()}
    return observe(layer(x), grad_of={"hidden_states": x}, **named)


@attention_forward.check(points=1, cases=1)
def attention_forward_parameters(student: Any, draw: Draw) -> Observed:
    """As many learnable parameters as the four affine maps with biases have, and no more."""
    heads, size, length = draw.sizes(3)
    layer = student.MultiHeadedAttention(size, heads, length)
    count = sum(p.numel() for p in layer.parameters() if p.requires_grad)
    output = layer.to(draw.dtype)(draw.normal(1, length, heads * size))
    one_head = student.MultiHeadedAttention(size, 1, length).to(draw.dtype)
    of_one_head = one_head(draw.normal(2, length, size))
    return observe(
        output_shape=str(tuple(output.shape)),
        output_shape_of_one_head=str(tuple(of_one_head.shape)),
        learnable_parameters=count,
    )
