"""The four projections are found in every layout, and a wrong helper never costs `forward`."""

from __future__ import annotations

import itertools
import math
import time
import types
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from autograder.assignments.a2_lstm_and_vit.placement import place_projections
from autograder.assignments.a2_lstm_and_vit.stand_ins import other_helpers
from autograder.kit.draw import Draw
from autograder.kit.observe import ContractBroken
from autograder.kit.stand_ins import StandIns

Weights = Callable[[Tensor, Tensor], Tensor]


class Layout(nn.Module):
    """Attention over q, k and v, and an output projection: subclasses say where they come from."""

    last: nn.Module
    w: Any
    b: Any

    def __init__(self, size: int, heads: int, length: int) -> None:
        super().__init__()
        self.head_size, self.num_heads, self.sequence_length = size, heads, length
        self.width = size * heads
        self.make()

    def make(self) -> None:
        raise NotImplementedError

    def qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Each (B, T, H * D)."""
        raise NotImplementedError

    def out(self, x: Tensor) -> Tensor:
        projected: Tensor = self.last(x)
        return projected

    def split_heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def merge_heads(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).flatten(2)

    def get_attention_weights(self, q: Tensor, k: Tensor) -> Tensor:
        return (q @ k.transpose(-1, -2) / math.sqrt(self.head_size)).softmax(-1)

    def apply_attention(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return self.merge_heads(self.get_attention_weights(q, k) @ v)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = map(self.split_heads, self.qkv(x))
        return self.out(self.apply_attention(q, k, v))


class FourLinears(Layout):
    def make(self) -> None:
        self.q, self.k, self.v, self.last = (nn.Linear(self.width, self.width) for _ in range(4))

    def qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.q(x), self.k(x), self.v(x)


def fused(order: str, by_head: bool) -> type[Layout]:
    """One Linear for q, k and v, in any order, whole or head by head."""

    class Fused(Layout):
        def make(self) -> None:
            self.last = nn.Linear(self.width, self.width)
            self.all = nn.Linear(self.width, 3 * self.width)

        def qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            if by_head:
                parts = self.all(x).unflatten(-1, (self.num_heads, 3, -1)).unbind(-2)
                parts = tuple(part.flatten(2) for part in parts)
            else:
                parts = self.all(x).chunk(3, -1)
            found = dict(zip(order, parts, strict=True))
            return found["q"], found["k"], found["v"]

    return Fused


def raw(transposed: bool, packed: bool) -> type[Layout]:
    """Parameters without modules, in either orientation, apart or in one tensor."""

    class Raw(Layout):
        def make(self) -> None:
            n = self.width
            if packed:
                self.w = nn.Parameter(torch.randn(4, n, n))
                self.b = nn.Parameter(torch.randn(4, n))
            else:
                self.w = nn.ParameterList(torch.randn(n, n) for _ in range(4))
                self.b = nn.ParameterList(torch.randn(n) for _ in range(4))

        def affine(self, x: Tensor, i: int) -> Tensor:
            return x @ (self.w[i].t() if transposed else self.w[i]) + self.b[i]

        def qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            return self.affine(x, 0), self.affine(x, 1), self.affine(x, 2)

        def out(self, x: Tensor) -> Tensor:
            return self.affine(x, 3)

    return Raw


class PerHead(Layout):
    def make(self) -> None:
        heads = range(self.num_heads)
        self.q, self.k, self.v = (
            nn.ModuleList(nn.Linear(self.width, self.head_size) for _ in heads) for _ in range(3)
        )
        self.last = nn.Linear(self.width, self.width)

    def qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = (torch.cat([f(x) for f in one], -1) for one in (self.q, self.k, self.v))
        return q, k, v


class Einsum(Layout):
    def make(self) -> None:
        shape = (3, self.num_heads, self.width, self.head_size)
        self.w = nn.Parameter(torch.randn(shape))
        self.b = nn.Parameter(torch.randn(3, self.num_heads, self.head_size))
        self.last = nn.Linear(self.width, self.width)

    def qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        made = torch.einsum("bte,nhed->nbthd", x, self.w) + self.b[:, None, None]
        q, k, v = made.flatten(3)
        return q, k, v


class Convolutions(Layout):
    def make(self) -> None:
        self.all = nn.Conv1d(self.width, 3 * self.width, 1)
        self.back = nn.Conv1d(self.width, self.width, 1)

    def qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = self.all(x.transpose(1, 2)).transpose(1, 2).chunk(3, -1)
        return q, k, v

    def out(self, x: Tensor) -> Tensor:
        return self.back(x.transpose(1, 2)).transpose(1, 2)


class Augmented(Layout):
    def make(self) -> None:
        self.w = nn.Parameter(torch.randn(4, self.width + 1, self.width))

    def affine(self, x: Tensor, i: int) -> Tensor:
        return torch.cat([x, torch.ones_like(x[..., :1])], -1) @ self.w[i]

    def qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.affine(x, 0), self.affine(x, 1), self.affine(x, 2)

    def out(self, x: Tensor) -> Tensor:
        return self.affine(x, 3)


class KeysAndValuesTogether(FourLinears):
    def make(self) -> None:
        self.kv = nn.Linear(self.width, 2 * self.width)
        self.q, self.last = (nn.Linear(self.width, self.width) for _ in range(2))

    def qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.q(x), *self.kv(x).chunk(2, -1)


ORDERS = ["".join(order) for order in itertools.permutations("qkv")]
LAYOUTS: dict[str, type[Layout]] = {
    "four Linears": FourLinears,
    **{f"fused, {order}": fused(order, by_head=False) for order in ORDERS},
    **{f"fused by head, {order}": fused(order, by_head=True) for order in ORDERS},
    "raw (in, out)": raw(transposed=False, packed=False),
    "raw (out, in)": raw(transposed=True, packed=False),
    "raw packed (in, out)": raw(transposed=False, packed=True),
    "raw packed (out, in)": raw(transposed=True, packed=True),
    "one Linear per head": PerHead,
    "einsum": Einsum,
    "Conv1d": Convolutions,
    "augmented": Augmented,
    "keys and values together": KeysAndValuesTogether,
}


def seen(layout: type[Layout], stand_ins: bool, seed: int = 0) -> dict[str, Tensor]:
    """The output and the gradients of the projections, once they have been placed."""
    draw = Draw(seed, "attention_forward_values")
    module: Any = types.SimpleNamespace(MultiHeadedAttention=type("Copy", (layout,), {}))
    with StandIns(module) as replaced:
        if stand_ins:
            other_helpers(replaced, draw)
        layer = module.MultiHeadedAttention(3, 2, 4).double()
        x = draw.normal(2, 4, 6)
        finder = place_projections(layer, 2, 3, 4, draw)
        return {"output": layer(x).detach(), **finder.projection_gradients(x)}


@pytest.mark.parametrize("stand_ins", [False, True], ids=["own helpers", "stand-ins"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_values(layout: str, stand_ins: bool) -> None:
    for seed in range(2):
        expected = seen(FourLinears, stand_ins, seed)
        found = seen(LAYOUTS[layout], stand_ins, seed)
        for name, value in expected.items():
            torch.testing.assert_close(found[name], value, msg=f"{name}, seed {seed}")


def test_there_are_at_least_twenty_layouts() -> None:
    assert len(LAYOUTS) >= 20


def test_one_map_for_queries_and_keys_is_not_taken_for_two() -> None:
    class Shared(FourLinears):
        def qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            return self.q(x), self.q(x), self.v(x)

    with pytest.raises(ContractBroken):
        seen(Shared, stand_ins=False)


def test_the_search_is_quick() -> None:
    seen(FourLinears, stand_ins=False)
    started = time.process_time()
    for seed in range(5):
        seen(FourLinears, stand_ins=False, seed=seed)
    assert (time.process_time() - started) / 5 < 0.1
