"""Operations that a ban leaves alone, tried in both dtypes, forward and backward.

    python -m tests.kit.neighbours LAYER_NORM|ATTENTION|GRU apply|held|after

Prints, by what was tried, "works" or what was raised. With `after`: whether the forbidden
operation was gone while it was held, and is back.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import einops
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.kit import bans
from autograder.kit.removal import prepare

FORBIDDEN: dict[str, Callable[[Tensor], Any]] = {
    "LAYER_NORM": lambda x: nn.LayerNorm(8).to(x.dtype)(x),
    "ATTENTION": lambda x: nn.MultiheadAttention(8, 2, batch_first=True).to(x.dtype)(x, x, x)[0],
    "GRU": lambda x: nn.GRU(8, 8, batch_first=True).to(x.dtype)(x)[0],
}
ALLOWED: dict[str, Callable[[Tensor], Any]] = {
    "softmax": lambda x: x.softmax(-1),
    "log_softmax": lambda x: F.log_softmax(x, -1),
    "var_mean": lambda x: torch.var_mean(x, -1)[0],
    "std": lambda x: x.std(-1),
    "matmul": lambda x: x @ x.mT,
    "bmm": lambda x: torch.bmm(x, x.mT),
    "einsum": lambda x: torch.einsum("btd,bsd->bts", x, x),
    "einops": lambda x: einops.rearrange(x, "b t (h d) -> b h t d", h=2),
    "normalize": lambda x: F.normalize(x),
    "vector_norm": lambda x: torch.linalg.vector_norm(x, dim=-1),
    "linear": lambda x: nn.Linear(8, 3).to(x.dtype)(x),
    "conv": lambda x: nn.Conv1d(6, 3, 2).to(x.dtype)(x),
    "embedding": lambda x: nn.Embedding(9, 8).to(x.dtype)(torch.arange(3)) * x[0, 0],
    "dropout": lambda x: nn.Dropout()(x),
    "gelu": lambda x: nn.GELU()(x),
    "lstm": lambda x: nn.LSTM(8, 8).to(x.dtype)(x)[0],
    "lstm_cell": lambda x: nn.LSTMCell(8, 8).to(x.dtype)(x[0])[0],
    "rnn": lambda x: nn.RNN(8, 8).to(x.dtype)(x)[0],
    "cross_entropy": lambda x: F.cross_entropy(x[0], torch.zeros(6).long()),
    "cumsum": lambda x: x.cumsum(1),
    "weight_norm": lambda x: torch.nn.utils.parametrizations.weight_norm(
        nn.Linear(8, 8).to(x.dtype))(x),
    "vmap": lambda x: torch.vmap(lambda t: t.softmax(-1))(x),
    "grad": lambda x: torch.func.grad(lambda t: t.sin().sum())(x.detach()) * x,
    "script": lambda x: torch.jit.script(scripted)(x),
    "checkpoint": lambda x: importlib.import_module("torch.utils.checkpoint").checkpoint(
        torch.sigmoid, x, use_reentrant=False),
    "optimizer": lambda x: stepped(x),
    "transforms": lambda x: importlib.import_module("torchvision.transforms").Normalize(
        [0.5], [0.5])(x.unsqueeze(1)),
    "unused_import": lambda x: unused(x),
    "matplotlib": lambda x: importlib.import_module("matplotlib.figure").Figure() and x * 2,
}  # fmt: skip


def scripted(x: Tensor) -> Tensor:
    return F.softmax(x, dim=-1) * x


def stepped(x: Tensor) -> Tensor:
    layer = nn.Linear(8, 8).to(x.dtype)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(x).sum().backward(retain_graph=True)
    optimizer.step()
    return layer(x)


def unused(x: Tensor) -> Tensor:
    """What a student's file may import and not use."""
    scope: dict[str, Any] = {}
    exec(
        "import transformers, torchvision\nfrom transformers import AutoModel, BertTokenizer\n"
        "import transformers.models.bert as b\nfrom torchvision import models, datasets\n"
        "from torchvision.models import resnet18",
        scope,
    )
    return x * 2


def outcome(call: Callable[[Tensor], Any], dtype: torch.dtype, train: bool) -> str:
    x = torch.randn(2, 6, 8, dtype=dtype, requires_grad=train)
    try:
        with torch.set_grad_enabled(train):
            result = call(x)
        if train:
            result.sum().backward()
        return "works"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:500]


def trials(ban: str) -> Iterator[tuple[str, str]]:
    calls = ALLOWED | {name: call for name, call in FORBIDDEN.items() if name != ban}
    for name, call in calls.items():
        for dtype in (torch.float64, torch.float32):
            yield f"{name}, {dtype}, forward and backward", outcome(call, dtype, True)
        if name not in ("grad", "checkpoint", "optimizer"):
            yield f"{name}, no gradients", outcome(call, torch.float32, False)


def main(ban: str, how: str) -> None:
    torch.set_num_threads(1)
    removal = prepare(getattr(bans, ban))
    if how == "apply":
        removal.apply()
        print(json.dumps(dict(trials(ban))))
        return
    with removal.held():
        found = dict(trials(ban))
        during = outcome(FORBIDDEN[ban], torch.float32, True)
    after = outcome(FORBIDDEN[ban], torch.float32, True)
    content = (
        f"{'gone' if 'not allowed' in during else during} {'back' if after == 'works' else after}"
    )
    print(json.dumps(found if how == "held" else {ban: content}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
