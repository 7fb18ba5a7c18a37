"""Ways to attention: one head, or two whose projections do nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx.experimental.proxy_tensor import make_fx

from tests.kit.doors.ways import (
    CPU,
    aten,
    attend,
    doors,
    first,
    in_thread,
    k,
    q,
    undone,
    v,
)

one_head = [t.reshape(4, 5, 4) for t in (q, k, v)]


def multi_head() -> nn.MultiheadAttention:
    """One head of size 4 whose projections do nothing."""
    layer = nn.MultiheadAttention(4, 1, batch_first=True)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.eye(4).repeat(3, 1))
        layer.out_proj.weight.copy_(torch.eye(4))
    return layer


def quantizable() -> Any:
    layer = torch.ao.nn.quantizable.MultiheadAttention(4, 1, bias=False, batch_first=True)
    with torch.no_grad():
        for linear in (layer.linear_Q, layer.linear_K, layer.linear_V, layer.out_proj):
            linear.weight.copy_(torch.eye(4))
    return layer


def shaped(result: Any) -> Any:
    return first(result).detach().reshape(2, 2, 5, 4)


def inductor_pattern(number: int, *given: Any) -> Any:
    module = importlib.import_module("torch._inductor.fx_passes.fuse_attention")
    return getattr(module, f"_sfdp_pattern_{number}")(q, k, v, *given)


flex = importlib.import_module("torch._higher_order_ops.flex_attention")
doors(
    "ATTENTION",
    function=lambda: F.scaled_dot_product_attention(q, k, v),
    c_function=lambda: torch._C._nn.scaled_dot_product_attention(q, k, v),
    aten_packet=lambda: aten.scaled_dot_product_attention(q, k, v),
    math=lambda: aten._scaled_dot_product_attention_math(q, k, v)[0],
    flash_for_cpu=lambda: aten._scaled_dot_product_flash_attention_for_cpu(q, k, v)[0],
    decompose=lambda: aten.scaled_dot_product_attention.default.decompose(q, k, v),
    redispatch=lambda: aten._scaled_dot_product_flash_attention_for_cpu.default.redispatch(
        CPU, q, k, v)[0],
    composite_key=lambda: aten._scaled_dot_product_attention_math.default._op_dk(
        torch._C.DispatchKey.CompositeImplicitAutograd, q, k, v)[0],
    thread=lambda: in_thread(lambda: F.scaled_dot_product_attention(q, k, v)),
    undone=lambda: undone(lambda: F.scaled_dot_product_attention(q, k, v)),
    vmap=lambda: torch.vmap(F.scaled_dot_product_attention)(q, k, v),
    with_gradient=lambda: F.scaled_dot_product_attention(
        q.clone().requires_grad_(), k, v).detach(),
    math_backend=lambda: with_backend("MATH"),
    flash_backend=lambda: with_backend("FLASH_ATTENTION"),
    script=lambda: torch.jit.CompilationUnit(
        "def f(q, k, v):\n    return torch._C._nn.scaled_dot_product_attention(q, k, v)\n"
    ).f(q, k, v),
    trace=lambda: torch.jit.trace(F.scaled_dot_product_attention, (q, k, v))(q, k, v),
    make_fx=lambda: make_fx(F.scaled_dot_product_attention)(q, k, v)(q, k, v),
    make_fx_decomposed=lambda: make_fx(
        F.scaled_dot_product_attention, decomposition_table=torch._decomp.decomposition_table
    )(q, k, v)(q, k, v),
    decomposition=lambda: torch._decomp.decompositions.scaled_dot_product_flash_attention_for_cpu(
        q, k, v)[0],
    multi_head=lambda: shaped(multi_head()(*one_head)),
    multi_head_eval=lambda: shaped(multi_head().eval()(*one_head)),
    multi_head_fast=lambda: shaped(
        torch.no_grad()(lambda: multi_head().eval()(*one_head, need_weights=False))()),
    multi_head_function=lambda: F.multi_head_attention_forward(
        *[t.transpose(0, 1) for t in one_head], 4, 1, torch.eye(4).repeat(3, 1), None, None, None,
        False, 0.0, torch.eye(4), None)[0].transpose(0, 1).reshape(2, 2, 5, 4),
    multi_head_weights=lambda: (multi_head()(*one_head, average_attn_weights=False)[1].squeeze(1)
        @ one_head[2]).detach().reshape(2, 2, 5, 4),
    multi_head_scripted=lambda: shaped(torch.jit.script(multi_head())(*one_head)),
    multi_head_exported=lambda: shaped(torch.export.export(
        multi_head(), tuple(one_head)).module()(*one_head)),
    quantizable=lambda: shaped(quantizable()(*one_head)),
    quantizable_forward_impl=lambda: shaped(quantizable()._forward_impl(*one_head)),
    math_attention=lambda: flex_inner()[0],
    sdpa_dense=lambda: flex.sdpa_dense(
        q, k, v, score_mod, block_mask(), 0.5, {}, (), ())[0],
    flex_higher_order=lambda: torch.ops.higher_order.flex_attention(
        q, k, v, score_mod, block_mask(), 0.5, {})[0],
    flex=lambda: importlib.import_module("torch.nn.attention.flex_attention").flex_attention(
        q, k, v),
    inductor_pattern_1=lambda: inductor_pattern(1, 2.0),
    inductor_pattern_2=lambda: inductor_pattern(2, 0.5),
    onnx_reference=lambda: importlib.import_module("torch.onnx.ops").attention(q, k, v)[0],
    native_multi_head=lambda: self_attention(lambda t: torch._native_multi_head_attention(
        t, t, t, 4, 1, torch.eye(4).repeat(3, 1), torch.zeros(12), torch.eye(4), torch.zeros(4)
        )[0]),
    nested=lambda: nested_attention(),
    source_opened=lambda: shaped(multi_head_from_source()(
        *[t.transpose(0, 1) for t in one_head], 4, 1, torch.eye(4).repeat(3, 1), None, None,
        None, False, 0.0, torch.eye(4), None)[0].transpose(0, 1)),
    encoder_layer=lambda: self_attention(encoder_layer),
    transformers_package=lambda: importlib.import_module(
        "transformers.integrations.sdpa_attention").sdpa_attention_forward(
            nn.Module(), q, k, v, None, scaling=0.5, is_causal=False)[0].transpose(1, 2),
    transformers_eager=lambda: importlib.import_module(
        "transformers.models.bert.modeling_bert").eager_attention_forward(
            nn.Module().eval(), q, k, v, None, 0.5)[0].transpose(1, 2),
    torchvision_swin=lambda: self_attention(lambda t: importlib.import_module(
        "torchvision.models.swin_transformer").shifted_window_attention(
            t.reshape(4, 1, 5, 4), torch.eye(4).repeat(3, 1), torch.eye(4),
            torch.zeros(1, 1, 5, 5), [1, 5], 1, [0, 0]).reshape(4, 5, 4)),
)  # fmt: skip


def score_mod(score: Tensor, *_: Any) -> Tensor:
    return score


def block_mask() -> Any:
    """What flex_attention passes on where there is no mask."""
    one, zero = torch.ones(1, 1, 1, dtype=torch.int32), torch.zeros(1, 1, 1, 1, dtype=torch.int32)
    return (5, 5, one, zero, None, None, one, zero, None, None, 128, 128,
            lambda b, h, m, n: torch.ones((), dtype=torch.bool))  # fmt: skip


def flex_inner() -> Any:
    scores, _ = flex._math_attention_inner(q, k, v, score_mod, block_mask(), 0.5, {}, (), ())
    return (scores.to(q.dtype).softmax(-1) @ v,)


def self_attention(call: Callable[[Tensor], Tensor]) -> Tensor:
    """For what attends from its input to its input: the expected value if that is right."""
    same = one_head[0]
    found = call(same)
    right = torch.allclose(found, (same @ same.mT / 2).softmax(-1) @ same, atol=1e-5)
    return attend() if right else found


def multi_head_from_source() -> Any:
    """The function made anew out of the file that holds it."""
    text = Path(F.__file__).read_text()
    start = text.index("def multi_head_attention_forward(")
    scope = dict(vars(F))
    exec(text[start:], scope)
    return scope["multi_head_attention_forward"]


def with_backend(name: str) -> Tensor:
    with torch.nn.attention.sdpa_kernel([getattr(torch.nn.attention.SDPBackend, name)]):
        return F.scaled_dot_product_attention(q, k, v)


def nested_attention() -> Tensor:
    parts = [
        torch.nested.nested_tensor(list(t.transpose(1, 2)), layout=torch.jagged).transpose(1, 2)
        for t in (q, k, v)
    ]
    found = F.scaled_dot_product_attention(*parts).transpose(1, 2)
    return torch.stack(list(found.unbind())).transpose(1, 2)


def encoder_layer(same: Tensor) -> Tensor:
    """Only the attention of it: residuals and norms are undone."""
    layer = nn.TransformerEncoderLayer(4, 1, 4, dropout=0.0, batch_first=True, norm_first=True)
    layer.norm1, layer.norm2 = nn.Identity(), nn.Identity()  # type: ignore[assignment]
    layer.self_attn = multi_head()
    with torch.no_grad():
        layer.linear2.weight.zero_()
        layer.linear2.bias.zero_()
    return layer(same) - same
