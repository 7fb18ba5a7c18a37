"""Ways to layer normalisation."""

from __future__ import annotations

import contextlib
import copy
import importlib
import inspect
import pickle
import sys
import types
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx.experimental.proxy_tensor import make_fx

from tests.kit.doors.ways import (
    CPU,
    aten,
    door,
    doors,
    first,
    in_thread,
    old_function,
    old_layer,
    undone,
    x,
)

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
