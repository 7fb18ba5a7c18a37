"""Ways to reach an operation of torch, each tried in a fork: with a ban, or without.

    python -m tests.kit.doors LAYER_NORM|ATTENTION|GRU [banned]

Prints, by the name of each way, "right" where it gave the right value, and else what was raised.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import importlib
import inspect
import json
import linecache
import os
import pickle
import sys
import threading
import types
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx.experimental.proxy_tensor import make_fx

from autograder.kit import bans
from autograder.kit.removal import prepare

DOORS: dict[str, dict[str, Callable[[], Any]]] = {"LAYER_NORM": {}, "ATTENTION": {}, "GRU": {}}
aten = torch.ops.aten
torch.manual_seed(0)
x = torch.randn(2, 6, 8)
flat = torch.randn(5, 8)
q, k, v = (torch.randn(2, 2, 5, 4) for _ in range(3))
h = torch.randn(2, 8)
wi, wh, bi, bh = torch.randn(24, 8), torch.randn(24, 8), torch.randn(24), torch.randn(24)
old_layer, old_cell = nn.LayerNorm(8), nn.GRUCell(8, 8)
old_function = F.layer_norm
CPU = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)


def norm(t: Tensor, eps: float = 1e-5) -> Tensor:
    return (t - t.mean(-1, keepdim=True)) / (t.var(-1, keepdim=True, unbiased=False) + eps).sqrt()


def attend() -> Tensor:
    return (q @ k.mT / 2).softmax(-1) @ v


def cell() -> Tensor:
    given, kept = (x[:, 0] @ wi.T + bi).chunk(3, 1), (h @ wh.T + bh).chunk(3, 1)
    r, z = (given[0] + kept[0]).sigmoid(), (given[1] + kept[1]).sigmoid()
    return (1 - z) * (given[2] + r * kept[2]).tanh() + z * h


EXPECTED = {"LAYER_NORM": norm(x), "ATTENTION": attend(), "GRU": cell()}


def door(ban: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def keep(way: Callable[[], Any]) -> Callable[[], Any]:
        DOORS[ban][way.__name__.strip("_")] = way
        return way

    return keep


def doors(ban: str, **ways: Callable[[], Any]) -> None:
    DOORS[ban] |= ways


def first(value: Any) -> Any:
    return value[0] if isinstance(value, (tuple, list)) else value


def in_thread(call: Callable[[], Any]) -> Any:
    seen: list[Any] = []

    def run() -> None:
        try:
            seen.append(call())
        except BaseException as error:
            seen.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(seen[0], BaseException):
        raise seen[0]
    return seen[0]


def undone(call: Callable[[], Any]) -> Any:
    for thing in gc.get_objects():
        with contextlib.suppress(Exception):
            if isinstance(thing, torch.library.Library):
                thing._destroy()
    for finalizer in list(weakref.finalize._registry):
        with contextlib.suppress(Exception):
            finalizer()
    gc.collect()
    return call()


# --- normalisation --------------------------------------------------------------------------------

as_rows = (1, 12, 8)
doors(
    "LAYER_NORM",
    module=lambda: nn.LayerNorm(8)(x),
    module_made_before=lambda: old_layer(x),
    function=lambda: F.layer_norm(x, (8,)),
    function_kept=lambda: old_function(x, (8,)),
    torch_function=lambda: torch.layer_norm(x, (8,)),
    native=lambda: torch.native_layer_norm(x, (8,), None, None, 1e-5)[0],
    variable_functions=lambda: torch._C._VariableFunctions.layer_norm(x, (8,)),
    vf=lambda: torch._VF.layer_norm(x, (8,)),
    aten_packet=lambda: aten.layer_norm(x, (8,)),
    aten_overload=lambda: aten.native_layer_norm.default(x, (8,), None, None, 1e-5)[0],
    double=lambda: torch.layer_norm(x.double(), (8,)).float(),
    no_grad=lambda: torch.no_grad()(lambda: torch.layer_norm(x, (8,)))(),
    inference_mode=lambda: torch.inference_mode()(lambda: torch.layer_norm(x, (8,)))(),
    with_gradient=lambda: torch.layer_norm(x.clone().requires_grad_(), (8,)).detach(),
    thread=lambda: in_thread(lambda: torch.layer_norm(x, (8,))),
    decompose=lambda: aten.layer_norm.default.decompose(x, (8,)),
    redispatch=lambda: aten.native_layer_norm.default.redispatch(CPU, x, (8,), None, None, 1e-5)[0],
    dispatch_key=lambda: aten.native_layer_norm.default._op_dk(
        torch._C.DispatchKey.CPU, x, (8,), None, None, 1e-5)[0],
    composite_key=lambda: aten.layer_norm.default._op_dk(
        torch._C.DispatchKey.CompositeImplicitAutograd, x, (8,)),
    kernel_look_up=lambda: torch.library.get_kernel("aten::native_layer_norm", "CPU").call_boxed(
        CPU, x, (8,), None, None, 1e-5)[0],
    jit_operator=lambda: torch._C._get_operation_overload("aten::layer_norm", "")[0](x, (8,)),
    jit_schema=lambda: torch._C._jit_get_operation("aten::layer_norm")[0](x, (8,)),
    vmap=lambda: torch.vmap(lambda t: torch.layer_norm(t, (8,)))(x),
    functional_call=lambda: torch.func.functional_call(old_layer, {}, (x,)),
    functionalize=lambda: torch.func.functionalize(lambda t: torch.layer_norm(t, (8,)))(x),
    forward_mode=lambda: torch.func.jvp(lambda t: torch.layer_norm(t, (8,)), (x,), (x,))[0],
    trace=lambda: torch.jit.trace(lambda t: torch.layer_norm(t, (8,)), (x,))(x),
    script=lambda: torch.jit.script(nn.LayerNorm(8))(x),
    refs=lambda: torch._refs.native_layer_norm(x, (8,), None, None, 1e-5)[0],
    refs_functional=lambda: importlib.import_module("torch._refs.nn.functional").layer_norm(
        x, (8,)),
    refs_normalize=lambda: torch._refs._normalize(x, [2], 1e-5)[0],
    decomposition=lambda: first(torch._decomp.decomposition_table[
        aten.native_layer_norm.default](x, (8,), None, None, 1e-5)),
    decomposition_of_batch_norm=lambda: torch._decomp.decompositions.native_batch_norm(
        x.reshape(1, 12, 8), None, None, None, None, True, 0.0, 1e-5)[0].reshape(2, 6, 8),
    make_fx=lambda: make_fx(lambda t: torch.layer_norm(t, (8,)))(x)(x),
    make_fx_decomposed=lambda: make_fx(
        lambda t: torch.layer_norm(t, (8,)),
        decomposition_table=torch._decomp.core_aten_decompositions())(x)(x),
    make_fx_meta=lambda: make_fx(lambda t: torch.layer_norm(t, (8,)))(x.to("meta"))(x),
    make_fx_fake=lambda: make_fx(
        lambda t: torch.layer_norm(t, (8,)), tracing_mode="fake",
        decomposition_table=torch._decomp.core_aten_decompositions())(x)(x),
    export=lambda: torch.export.export(nn.LayerNorm(8), (x,)).module()(x),
    export_decomposed=lambda: torch.export.export(
        nn.LayerNorm(8), (x,)).run_decompositions().module()(x),
    symbolic_trace=lambda: torch.fx.symbolic_trace(nn.Sequential(nn.LayerNorm(8)))(x),
    subclass=lambda: type("Own", (nn.LayerNorm,), {})(8)(x),
    deep_copy=lambda: copy.deepcopy(old_layer)(x),
    unpickled=lambda: pickle.loads(pickle.dumps(old_layer))(x),
    copied_function=lambda: types.FunctionType(
        F.layer_norm.__code__, F.layer_norm.__globals__)(x, (8,), None, None, 1e-5),
    undone=lambda: undone(lambda: torch.layer_norm(x, (8,))),
    group_norm=lambda: torch.group_norm(x.reshape(12, 8), 1).reshape(2, 6, 8),
    group_norm_module=lambda: nn.GroupNorm(1, 8)(x.reshape(12, 8)).reshape(2, 6, 8),
    native_group_norm=lambda: torch.native_group_norm(
        x.reshape(12, 8), None, None, 12, 8, 1, 1, 1e-5)[0].reshape(2, 6, 8),
    instance_norm=lambda: F.instance_norm(x),
    instance_norm_module=lambda: nn.InstanceNorm1d(6)(x),
    batch_norm=lambda: F.batch_norm(
        x.reshape(as_rows), None, None, training=True).reshape(2, 6, 8),
    batch_norm_module=lambda: nn.BatchNorm1d(12)(x.reshape(as_rows)).reshape(2, 6, 8).detach(),
    native_batch_norm=lambda: torch.native_batch_norm(
        x.reshape(as_rows), None, None, None, None, True, 0, 1e-5)[0].reshape(2, 6, 8),
    native_batch_norm_legit=lambda: torch._native_batch_norm_legit(
        x.reshape(as_rows), None, None, True, 0, 1e-5)[0].reshape(2, 6, 8),
    batch_norm_impl_index=lambda: torch._batch_norm_impl_index(
        x.reshape(as_rows), None, None, None, None, True, 0, 1e-5, False)[0].reshape(2, 6, 8),
    batch_norm_with_update=lambda: aten._batch_norm_with_update(
        x.reshape(as_rows), None, None, torch.zeros(12), torch.ones(12), 0.0, 1e-5
    )[0].reshape(2, 6, 8),
    batch_norm_functional=lambda: aten._native_batch_norm_legit_functional(
        x.reshape(as_rows), None, None, torch.zeros(12), torch.ones(12), True, 0.0, 1e-5
    )[0].reshape(2, 6, 8),
    rms_norm=lambda: F.rms_norm(x - x.mean(-1, keepdim=True), (8,), eps=1e-5),
    rms_norm_module=lambda: nn.RMSNorm(8, eps=1e-5)(x - x.mean(-1, keepdim=True)).detach(),
    fused_rms_norm=lambda: aten._fused_rms_norm(x - x.mean(-1, keepdim=True), (8,), None, 1e-5)[0],
    nested=lambda: torch.layer_norm(
        torch.nested.nested_tensor([x[0], x[1]]), (8,), torch.ones(8), torch.zeros(8)
    ).to_padded_tensor(0.0),
    quantized=lambda: torch.ops.quantized.layer_norm(
        torch.quantize_per_tensor(x, 1e-6, 0, torch.qint32), (8,), torch.ones(8), torch.zeros(8),
        1e-5, 1e-4, 0).dequantize(),
    mkldnn=lambda: torch.native_batch_norm(
        x.reshape(as_rows).unsqueeze(-1).to_mkldnn(), torch.ones(12), torch.zeros(12), None, None,
        True, 0.0, 1e-5)[0].to_dense().reshape(2, 6, 8),
    compiled=lambda: torch.compile(lambda t: torch.layer_norm(t, (8,)), backend="eager")(x),
    compiled_aot=lambda: torch.compile(
        lambda t: torch.layer_norm(t, (8,)), backend="aot_eager_decomp_partition")(x),
    python_dispatcher=lambda: with_python_dispatcher(lambda: torch.layer_norm(x, (8,))),
    source_read=lambda: from_source("torch._refs", "_normalize")(x, [2], 1e-5)[0],
    autocast=lambda: torch.autocast("cpu")(lambda: torch.layer_norm(x, (8,)))().float(),
)  # fmt: skip


def with_python_dispatcher(call: Callable[[], Any]) -> Any:
    from torch._dispatch.python import enable_python_dispatcher

    with enable_python_dispatcher():
        return call()


def from_source(module: str, name: str) -> Any:
    """A function made anew out of the source of its module."""
    found = sys.modules[module]
    text = inspect.getsource(found)
    start = text.index(f"def {name}(")
    end = text.index("\ndef ", start + 1)
    scope = dict(vars(found))
    exec(text[start:end].rpartition("\n@")[0] or text[start:end], scope)
    return scope[name]


@door("LAYER_NORM")
def _out_variant() -> Any:
    out = [torch.empty(0) for _ in range(3)]
    aten.native_layer_norm.out(x, (8,), None, None, 1e-5, out0=out[0], out1=out[1], out2=out[2])
    return out[0]


@door("LAYER_NORM")
def _batch_norm_out_variant() -> Any:
    out = [torch.empty(0) for _ in range(3)]
    aten.native_batch_norm.out(
        x.reshape(as_rows), None, None, None, None, True, 0.0, 1e-5,
        out=out[0], save_mean=out[1], save_invstd=out[2],
    )  # fmt: skip
    return out[0].reshape(2, 6, 8)


@door("LAYER_NORM")
def _backward_kernel() -> Any:
    """d loss / d weight of the backward kernel, for one position after the other."""
    mean, rstd = x.mean(-1, keepdim=True), 1 / (x.var(-1, keepdim=True, correction=0) + 1e-5).sqrt()
    rows = [
        aten.native_layer_norm_backward(
            torch.ones(1, 8), one.reshape(1, 8), (8,), m.reshape(1, 1), r.reshape(1, 1),
            torch.ones(8), torch.zeros(8), [False, True, False],
        )[1]
        for one, m, r in zip(
            x.reshape(12, 8), mean.reshape(12), rstd.reshape(12), strict=True
        )
    ]  # fmt: skip
    return torch.stack(rows).reshape(2, 6, 8)


@door("LAYER_NORM")
def _static_runtime() -> Any:
    traced = torch.jit.trace(lambda t: torch.layer_norm(t, (8,)), (x,), check_trace=False)
    return torch._C._jit_to_static_module(traced.graph)(x)


@door("LAYER_NORM")
def _static_runtime_of_a_parsed_graph() -> Any:
    text = """graph(%x : Tensor):
      %n : NoneType = prim::Constant()
      %w : int = prim::Constant[value=8]()
      %s : int[] = prim::ListConstruct(%w)
      %e : float = prim::Constant[value=1.0000000000000001e-05]()
      %c : bool = prim::Constant[value=0]()
      %y : Tensor = aten::layer_norm(%x, %s, %n, %n, %e, %c)
      return (%y)"""
    return torch._C._jit_to_static_module(torch._C.parse_ir(text))(x)


@door("LAYER_NORM")
def _static_runtime_by_its_base_class() -> Any:
    traced = torch.jit.trace(lambda t: torch.layer_norm(t, (8,)), (x,), check_trace=False)
    classes = type(torch._C.DispatchKey.CPU).__mro__[1].__subclasses__()
    found = next(one for one in classes if one.__name__ == "StaticModule")
    made = torch._C._jit_to_static_module(traced.graph)
    return found.__call__(made, x)


@door("LAYER_NORM")
def _graph_of_a_script() -> Any:
    text = "def f(x):\n    return torch.layer_norm(x, [8])\n"
    return torch.jit.CompilationUnit(text).f(x)


@door("LAYER_NORM")
def _parsed_graph() -> Any:
    text = "graph(%x : Tensor):\n  %n : NoneType = prim::Constant()\n"
    text += "  %w : int = prim::Constant[value=8]()\n  %s : int[] = prim::ListConstruct(%w)\n"
    text += "  %e : float = prim::Constant[value=1.0000000000000001e-05]()\n"
    text += "  %c : bool = prim::Constant[value=0]()\n"
    text += "  %y : Tensor = aten::layer_norm(%x, %s, %n, %n, %e, %c)\n  return (%y)"
    return torch._C._jit_interpret_graph(torch._C.parse_ir(text), (x,))


@door("LAYER_NORM")
def _wrapper_subclass() -> Any:
    class Wrapped(Tensor):
        @staticmethod
        def __new__(cls: Any, inner: Tensor) -> Any:
            made = Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)
            made.inner = inner
            return made

        @classmethod
        def __torch_dispatch__(
            cls, func: Any, kinds: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            plain = [one.inner if isinstance(one, cls) else one for one in args]
            return func(*plain, **(kwargs or {}))

    return first(torch.layer_norm(Wrapped(x), (8,)))


@door("LAYER_NORM")
def _dispatch_mode() -> Any:
    from torch.utils._python_dispatch import TorchDispatchMode

    class Decompose(TorchDispatchMode):
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            found = func.decompose(*args, **(kwargs or {}))
            return func(*args, **(kwargs or {})) if found is NotImplemented else found

    with Decompose():
        return torch.layer_norm(x, (8,))


@door("LAYER_NORM")
def _fused_rms_norm_of_the_forward_table() -> Any:
    table = torch._decomp.global_decomposition_table["post_autograd"]
    return table[aten._fused_rms_norm.default](x - x.mean(-1, keepdim=True), [8], None, 1e-5)[0]


@door("LAYER_NORM")
def _kernels_put_back() -> Any:
    library = torch.library.Library("aten", "IMPL")
    for key in ("CPU", "AutogradCPU", "CompositeImplicitAutograd", "ADInplaceOrView"):
        with contextlib.suppress(Exception):
            library.impl("native_layer_norm", torch.library.fallthrough_kernel, key)
    return torch.native_layer_norm(x, (8,), None, None, 1e-5)[0]


# --- attention ------------------------------------------------------------------------------------

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


# --- GRU ------------------------------------------------------------------------------------------


def gru_cell() -> nn.GRUCell:
    made = nn.GRUCell(8, 8)
    with torch.no_grad():
        for parameter, value in zip(made.parameters(), (wi, wh, bi, bh), strict=True):
            parameter.copy_(value)
    return made


def gru() -> nn.GRU:
    made = nn.GRU(8, 8, batch_first=True)
    with torch.no_grad():
        for parameter, value in zip(made.parameters(), (wi, wh, bi, bh), strict=True):
            parameter.copy_(value)
    return made


step, state = x[:, :1], h.unsqueeze(0)
doors(
    "GRU",
    cell=lambda: gru_cell()(x[:, 0], h).detach(),
    layer=lambda: gru()(step, state)[0][:, 0].detach(),
    layer_no_grad=lambda: torch.no_grad()(lambda: gru()(step, state)[0][:, 0])(),
    cell_function=lambda: torch.gru_cell(x[:, 0], h, wi, wh, bi, bh),
    vf_cell=lambda: torch._VF.gru_cell(x[:, 0], h, wi, wh, bi, bh),
    aten_cell=lambda: aten.gru_cell.default(x[:, 0], h, wi, wh, bi, bh),
    decompose=lambda: aten.gru_cell.default.decompose(x[:, 0], h, wi, wh, bi, bh),
    layer_function=lambda: torch.gru(
        step, state, [wi, wh, bi, bh], True, 1, 0.0, False, False, True)[0][:, 0],
    vf_layer=lambda: torch._VF.gru(
        step, state, [wi, wh, bi, bh], True, 1, 0.0, False, False, True)[0][:, 0],
    packed=lambda: torch._VF.gru(
        x[:, 0], torch.tensor([2]), state, [wi, wh, bi, bh], True, 1, 0.0, False, False)[0],
    packed_sequence=lambda: gru()(nn.utils.rnn.pack_padded_sequence(
        step, torch.tensor([1, 1]), batch_first=True), state)[0].data.detach(),
    composite_key=lambda: aten.gru.input._op_dk(
        torch._C.DispatchKey.CompositeImplicitAutograd,
        step, state, [wi, wh, bi, bh], True, 1, 0.0, False, False, True)[0][:, 0],
    thread=lambda: in_thread(lambda: torch.gru_cell(x[:, 0], h, wi, wh, bi, bh)),
    undone=lambda: undone(lambda: torch.gru_cell(x[:, 0], h, wi, wh, bi, bh)),
    vmap=lambda: torch.vmap(lambda a, b: torch.gru_cell(a[None], b[None], wi, wh, bi, bh)[0])(
        x[:, 0], h),
    decomposition_cell=lambda: torch._decomp.decompositions.gru_cell(
        x[:, 0] @ wi.T + bi, h.unsqueeze(0), wi, bi, wh, bh)[0],
    decomposition_layer=lambda: torch._decomp.decompositions.gru_impl(
        step, state, [wi, wh, bi, bh], True, 1, 0.0, False, False, True)[0][:, 0],
    make_fx=lambda: make_fx(lambda a, b: torch.gru_cell(a, b, wi, wh, bi, bh))(
        x[:, 0], h)(x[:, 0], h),
    script=lambda: torch.jit.script(gru_cell())(x[:, 0], h).detach(),
    trace=lambda: torch.jit.trace(gru(), (step, state))(step, state)[0][:, 0].detach(),
    export=lambda: torch.export.export(gru_cell(), (x[:, 0], h)).module()(x[:, 0], h).detach(),
    cell_made_before=lambda: torch.func.functional_call(
        old_cell, dict(zip(dict(old_cell.named_parameters()), (wi, wh, bi, bh), strict=True)),
        (x[:, 0], h)),
    jit_operator=lambda: torch._C._get_operation_overload("aten::gru_cell", "")[0](
        x[:, 0], h, wi, wh, bi, bh),
    while_loop=lambda: importlib.import_module("torch.export._patches").gru_while_loop_impl(
        step, state, [wi, wh, bi, bh], True, 1, 0.0, False, False, True)[0][:, 0],
)  # fmt: skip


# --- trying them ----------------------------------------------------------------------------------


def outcome(way: Callable[[], Any], expected: Tensor) -> str:
    try:
        found = way()
        if not isinstance(found, Tensor) or found.shape != expected.shape:
            return f"something else: {type(found).__name__} {getattr(found, 'shape', '')}"
        near = torch.allclose(found.detach(), expected, atol=2e-2)
        return "right" if near else f"wrong: {(found - expected).abs().max():.3g}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:3000]


def in_a_fork(way: Callable[[], Any], expected: Tensor) -> str:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.write(write, outcome(way, expected).encode("utf-8", "replace"))
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        said = file.read().decode("utf-8", "replace")
    _, status = os.waitpid(pid, 0)
    return said or f"the process ended with status {status}"


def main(ban: str, banned: bool) -> None:
    torch.set_num_threads(1)
    linecache.clearcache()
    expected = EXPECTED[ban]
    if banned:
        prepare(getattr(bans, ban)).apply()
    tried = functools.partial(in_a_fork, expected=expected)
    print(json.dumps({name: tried(way) for name, way in DOORS[ban].items()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] == ["banned"])
