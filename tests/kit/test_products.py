"""Products must be made in einsum: judged by what was computed, under any name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import einops
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.kit.rules import EINSUM, RuleBroken, kept

Product = Callable[[Tensor, Tensor], Tensor]


class Attention(nn.Module):
    """Attention whose two products are given."""

    def __init__(self, scores: Product, values: Product) -> None:
        super().__init__()
        self.maps = nn.ModuleList(nn.Linear(6, 6) for _ in range(4))
        self.scores, self.values = scores, values

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            einops.rearrange(one(x), "b t (h d) -> b h t d", h=2) for one in list(self.maps)[:3]
        )
        weights = (self.scores(q, k) / math.sqrt(3)).softmax(-1)
        return self.maps[3](einops.rearrange(self.values(weights, v), "b h t d -> b t (h d)"))


def scores(q: Tensor, k: Tensor) -> Tensor:
    return torch.einsum("bhid,bhjd->bhij", q, k)


def values(weights: Tensor, v: Tensor) -> Tensor:
    return torch.einsum("bhij,bhjd->bhid", weights, v)


def run(model: nn.Module) -> None:
    with kept(EINSUM) as judge:
        judge({"output": model(torch.randn(2, 5, 6))})


class AllInEinsum(nn.Module):
    """Projections too, softmax by hand, the last two products in one call."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(6, 6) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            torch.einsum("btd,ed->bte", x, m.weight) + m.bias for m in (self.q, self.k, self.v)
        )
        s = torch.einsum("bid,bjd->bij", q, k) * 0.5
        e = (s - s.amax(-1, keepdim=True)).exp()
        weights = e * (1 / e.sum(-1, keepdim=True))
        return torch.einsum("bij,bjd,ed->bie", weights, v, self.o.weight) + self.o.bias


early = torch.einsum  # imported before anything was watched


@pytest.mark.parametrize(
    "model",
    [
        Attention(scores, values),
        Attention(lambda q, k: early("bhid,bhjd->bhij", q, k), values),
        Attention(lambda q, k: torch.einsum("bhid,bhjd->bhij", [q, k]), values),
        Attention(
            lambda q, k: torch.einsum(q, [0, 1, 2, 3], k, [0, 1, 4, 3], [0, 1, 2, 4]), values
        ),
        Attention(lambda q, k: einops.einsum(q, k, "b h i d, b h j d -> b h i j"), values),
        Attention(lambda q, k: getattr(torch, "ein" + "sum")("bhid,bhjd->bhij", q, k), values),
        AllInEinsum(),
        AllInEinsum().double().float(),
    ],
    ids=["plain", "early", "list", "sublists", "einops", "getattr", "all", "all_again"],
)
def test_products_in_einsum_keep_the_rule(model: nn.Module) -> None:
    run(model)


def for_show(q: Tensor, k: Tensor) -> Tensor:
    torch.einsum("bhid,bhjd->bhij", q, k)
    return q @ k.mT


def in_numpy(q: Tensor, k: Tensor) -> Tensor:
    return torch.from_numpy(q.detach().numpy() @ k.mT.detach().numpy())


class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor) -> Tensor:
        ctx.save_for_backward(q, k)
        return q @ k.mT

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> Any:
        q, k = ctx.saved_tensors
        return grad[0] @ k, grad[0].mT @ q


OTHERWISE: dict[str, Product] = {
    "matmul": lambda q, k: q @ k.mT,
    "for_show": for_show,
    "eval": lambda q, k: eval("q @ k.mT"),
    "joined_names": lambda q, k: getattr(torch, "mat" + "mul")(q, k.mT),
    "elementwise": lambda q, k: (q.unsqueeze(3) * k.unsqueeze(2)).sum(-1),
    "mean": lambda q, k: (q.unsqueeze(3) * k.unsqueeze(2)).mean(-1) * 3,
    "divided": lambda q, k: (q.unsqueeze(3) / (1 / k.unsqueeze(2))).sum(-1),
    "added_up": lambda q, k: sum(
        (q[..., i, None] * k[..., None, :, i] for i in range(3)), 0 * q[..., :1]),
    "squares": lambda q, k: ((q[:, :, :, None] + k[:, :, None]) ** 2
                             - (q[:, :, :, None] - k[:, :, None]) ** 2).sum(-1) / 4,
    "linear": lambda q, k: torch.stack([F.linear(a, b) for a, b in zip(q.flatten(0, 1), k.flatten(
        0, 1), strict=True)]).reshape(2, 2, 5, 5),
    "bmm": lambda q, k: torch.bmm(q.flatten(0, 1), k.flatten(0, 1).mT).reshape(2, 2, 5, 5),
    "baddbmm": lambda q, k: torch.baddbmm(torch.zeros(4, 5, 5), q.flatten(0, 1), k.flatten(
        0, 1).mT).reshape(2, 2, 5, 5),
    "vmap": lambda q, k: torch.vmap(torch.vmap(
        lambda a, b: torch.tensordot(a, b, ([1], [1]))))(q, k),
    "cut_off": lambda q, k: q.detach() @ k.mT,
    "cut_off_elementwise": lambda q, k: (q.detach().unsqueeze(3) * k.unsqueeze(2)).sum(-1),
    "numpy": in_numpy,
    "own_function": lambda q, k: Own.apply(q, k),
    "private_einsum": lambda q, k: torch._VF.einsum("bhid,bhjd->bhij", [q, k]),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERWISE)
def test_products_made_otherwise_break_it(name: str) -> None:
    model, right = Attention(OTHERWISE[name], values), Attention(scores, values)
    right.load_state_dict(model.state_dict())
    x = torch.randn(2, 5, 6)
    torch.testing.assert_close(model(x), right(x), atol=1e-4, rtol=1e-4)  # the values are right
    with pytest.raises(RuleBroken, match=r"einsum|outside of torch"):
        run(model)


def test_the_second_product_counts_as_well() -> None:
    with pytest.raises(RuleBroken, match="element by element"):
        run(Attention(scores, lambda w, v: (w.unsqueeze(-1) * v.unsqueeze(2)).sum(3)))


def test_einsum_is_as_before_afterwards() -> None:
    code = torch.functional.einsum.__code__
    run(Attention(scores, values))
    assert torch.functional.einsum.__code__ is code
    assert torch.einsum("ij->ji", torch.ones(2, 3)).shape == (3, 2)


def test_without_a_rule_nothing_is_judged() -> None:
    with kept(None) as judge:
        judge({"output": torch.ones(2) @ torch.ones(2)})
