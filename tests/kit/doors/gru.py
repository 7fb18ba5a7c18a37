"""Ways to one step of a GRU."""

from __future__ import annotations

import importlib

import torch
from torch import nn
from torch.fx.experimental.proxy_tensor import make_fx

from tests.kit.doors.ways import (
    aten,
    bh,
    bi,
    doors,
    h,
    in_thread,
    old_cell,
    undone,
    wh,
    wi,
    x,
)


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
