"""Dropout by value: the same elements fall out, whichever way it is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.kit.dropout import fixed_dropout

P = 0.3
X = torch.arange(1.0, 61.0, dtype=torch.float64).reshape(3, 4, 5)


def by_hand(x: Tensor) -> Tensor:
    return x * (torch.rand(x.shape) > P) / (1 - P)


def by_bernoulli(x: Tensor) -> Tensor:
    return x * torch.bernoulli(torch.full_like(x, 1 - P)) / (1 - P)


WAYS: dict[str, Callable[[Tensor], Tensor]] = {
    "function": lambda x: F.dropout(x, P),
    "module": nn.Dropout(P),
    "in place": lambda x: F.dropout(x.clone(), P, inplace=True),
    "bernoulli": by_bernoulli,
    "rand": by_hand,
    "flattened": lambda x: F.dropout(x.flatten(), P).view_as(x),
    "native": lambda x: torch.native_dropout(x, P, True)[0],
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_write_it_drops_the_same_elements(way: str) -> None:
    with fixed_dropout():
        expected, seen = F.dropout(X, P), WAYS[way](X)
    torch.testing.assert_close(seen, expected)
    share = (expected == 0).double().mean()
    assert abs(share - P) < 0.05


def test_p_and_place_show_in_the_values() -> None:
    with fixed_dropout():
        assert not torch.equal(F.dropout(X, P), F.dropout(X, 0.2))
        assert not torch.equal(F.dropout(X, P).tanh() + X, F.dropout(X.tanh() + X, P))
        assert torch.equal(F.dropout(X, P, training=False), X)


def test_ready_made_layers_are_repeatable_within_it() -> None:
    layer = nn.TransformerEncoderLayer(6, 2, 8, dropout=0.4, batch_first=True)
    recurrent = nn.GRU(6, 6, 2, dropout=0.4, batch_first=True)
    x = torch.randn(2, 3, 6)
    with fixed_dropout():
        assert torch.equal(layer(x), layer(x))
        assert torch.equal(recurrent(x)[0], recurrent(x)[0])
    assert not torch.equal(layer(x), layer(x))
