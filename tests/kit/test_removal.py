"""A forbidden operation is gone by whatever way it is called, and nothing else is."""

from __future__ import annotations

import functools
import json
import subprocess
import sys

import pytest

from autograder.course import ROOT

HEAD = """
import gc, json, sys, threading, weakref
import torch, torch.nn as nn, torch.nn.functional as F
from autograder.kit import bans
from autograder.kit.removal import prepare
torch.set_num_threads(1)
x = torch.randn(2, 6, 8, requires_grad=True)
q = torch.randn(2, 2, 5, 4)
shape = (8,)
original = torch.native_layer_norm
old_layer = nn.LayerNorm(8)
traced = torch.jit.trace(lambda t: torch.layer_norm(t, (8,)), (x,))
prepare(bans.BAN).apply()
def no_grad(call):
    with torch.no_grad(): return call()
def inference(call):
    with torch.inference_mode(): return call()
def in_thread(call):
    seen = []
    def run():
        try: call(); seen.append(None)
        except BaseException as error: seen.append(error)
    thread = threading.Thread(target=run); thread.start(); thread.join()
    if seen[0] is not None: raise seen[0]
def undone(call):
    for thing in gc.get_objects():
        if isinstance(thing, torch.library.Library): thing._destroy()
    for finalizer in list(weakref.finalize._registry): finalizer()
    gc.collect()
    return call()
ways = WAYS
def outcome(way):
    try:
        eval(way); return "works"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:3000]
print(json.dumps({way: outcome(way) for way in ways}))
"""

NORM = [
    "nn.LayerNorm(8)(x)", "old_layer(x)", "F.layer_norm(x, shape)", "torch.layer_norm(x, shape)",
    "torch.native_layer_norm(x, shape, None, None, 1e-5)", "original(x, shape, None, None, 1e-5)",
    "torch.ops.aten.layer_norm(x, shape)", "torch.ops.aten.layer_norm.default(x, shape)",
    "torch.ops.aten.native_layer_norm(x, shape, None, None, 1e-5)", "traced(x)",
    "no_grad(lambda: torch.layer_norm(x, shape))", "inference(lambda: torch.layer_norm(q, (4,)))",
    "in_thread(lambda: torch.layer_norm(x, shape))", "undone(lambda: torch.layer_norm(x, shape))",
    "torch.vmap(lambda t: torch.layer_norm(t, shape))(x)",
    "torch.jit.trace(lambda t: torch.layer_norm(t, shape), (x,))(x)",
    "torch.func.functional_call(old_layer, {}, (x,))",
    "torch._refs.native_layer_norm(x, shape, None, None, 1e-5)",
    "torch._VF.layer_norm(x, shape)", "type('Own', (nn.LayerNorm,), {})(8)(x)",
    "torch.layer_norm(torch.nested.nested_tensor([x[0], x[1]]), shape)",
    "nn.GroupNorm(1, 6)(x)", "F.group_norm(x, 1)", "torch.group_norm(x, 1)",
    "F.instance_norm(x)", "F.batch_norm(x, None, None, training=True)", "F.rms_norm(x, shape)",
    "torch.rms_norm(x, shape)", "nn.RMSNorm(8)(x)", "nn.BatchNorm1d(6)(x)",
    "nn.InstanceNorm1d(6)(x)",
]  # fmt: skip
ATTENTION = [
    "nn.MultiheadAttention(8, 2, batch_first=True)(x, x, x)",
    "nn.MultiheadAttention(8, 2, batch_first=True).eval()(x, x, x)",
    "no_grad(lambda: nn.MultiheadAttention(8, 2, batch_first=True).eval()(x, x, x))",
    "F.scaled_dot_product_attention(q, q, q)",
    "torch._C._nn.scaled_dot_product_attention(q, q, q)",
    "torch.ops.aten.scaled_dot_product_attention(q, q, q)",
    "torch.ops.aten._scaled_dot_product_attention_math(q, q, q)",
    "torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(q, q, q)",
    "in_thread(lambda: F.scaled_dot_product_attention(q, q, q))",
    "undone(lambda: F.scaled_dot_product_attention(q, q, q))",
    "nn.TransformerEncoderLayer(8, 2, batch_first=True)(x)",
    "no_grad(lambda: nn.TransformerEncoderLayer(8, 2, batch_first=True).eval()(x))",
    "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2), 1)(x)",
    "nn.TransformerDecoderLayer(8, 2)(x, x)",
    "F.multi_head_attention_forward(x, x, x, 8, 2, None, None, None, None, False, 0., x, None)",
    "__import__('torch.nn.attention.flex_attention', fromlist=['x']).flex_attention(q, q, q)",
]
GRU = [
    "nn.GRUCell(8, 8)(x[0])", "nn.GRU(8, 8)(x)", "in_thread(lambda: nn.GRUCell(8, 8)(x[0]))",
    "torch.gru_cell(x[0], torch.zeros(6, 8), torch.zeros(24, 8), torch.zeros(24, 8))",
    "torch._VF.gru_cell(x[0], torch.zeros(6, 8), torch.zeros(24, 8), torch.zeros(24, 8))",
    "torch._VF.gru(x, torch.zeros(1, 6, 8), [torch.zeros(24, 8)] * 2, False, 1, 0., False, False,"
    " False)",
]  # fmt: skip
ALLOWED = [
    "x.softmax(-1)", "torch.var_mean(x, -1)", "x @ x.mT", "nn.Linear(8, 3)(x).sum().backward()",
    "nn.LSTM(8, 8)(x)", "nn.Dropout()(x)", "F.cross_entropy(x[0], torch.zeros(6).long())",
    "torch.einsum('btd,bsd->bts', x, x)", "F.normalize(x)", "x.std(-1)",
]  # fmt: skip


@functools.cache
def outcomes(ban: str, ways: tuple[str, ...]) -> dict[str, str]:
    """What each way leads to, tried in one process from which the ban's operations are gone."""
    program = HEAD.replace("BAN", ban).replace("WAYS", repr(list(ways)))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("ban", "way"),
    [("LAYER_NORM", way) for way in NORM]
    + [("ATTENTION", way) for way in ATTENTION]
    + [("GRU", way) for way in GRU],
)
def test_it_is_gone(ban: str, way: str) -> None:
    ways = {"LAYER_NORM": NORM, "ATTENTION": ATTENTION, "GRU": GRU}[ban]
    assert "This operation is not allowed in this exercise" in outcomes(ban, tuple(ways))[way]


@pytest.mark.parametrize("ban", ["LAYER_NORM", "ATTENTION", "GRU"])
def test_nothing_else_is_gone(ban: str) -> None:
    neighbours = {
        "LAYER_NORM": ["nn.GRU(8, 8)(x)", "F.scaled_dot_product_attention(q, q, q)"],
        "ATTENTION": ["nn.LayerNorm(8)(x)", "nn.GRU(8, 8)(x)"],
        "GRU": ["nn.LayerNorm(8)(x)", "F.scaled_dot_product_attention(q, q, q)"],
    }[ban]
    found = outcomes(ban, tuple(ALLOWED + neighbours))
    assert {way: told for way, told in found.items() if told != "works"} == {}
