"""Counting what a function creates: linear work passes, quadratic work is refused, with figures."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.kit.growth import Created, Growth, within
from autograder.kit.observe import ContractBroken, Observed

Function = Callable[[Tensor], Tensor]
NO_LOOP = Growth(operations=1.5)


def run(function: Function, limits: Growth | None = None) -> str:
    """Run a function of (2, T, 3) numbers within limits; what is said of it."""

    def probe(length: int) -> Observed:
        return {"output": function(torch.ones(2, length, 3))}

    seen, note = within(limits or Growth(), probe)
    assert set(seen) == {"output, T = 64", "output, T = 256"}
    return note


def loop(x: Tensor) -> Tensor:
    total = torch.zeros(2, 3)
    for t in range(x.shape[1]):
        total = total + x[:, t]
    return total


@pytest.mark.parametrize(
    "linear",
    [
        lambda x: x.cumsum(dim=1),
        lambda x: x.transpose(1, 2) @ x,
        lambda x: torch.einsum("btd,bte->bde", x, x),
        lambda x: (x.unsqueeze(3) * x.unsqueeze(2)).cumsum(dim=1),
        lambda x: torch.stack([x[:, t].sigmoid() for t in range(x.shape[1])], dim=1),
        loop,
    ],
    ids=["cumsum", "product", "einsum", "outer_products", "stack", "loop"],
)
def test_linear_work_is_measured_and_passes(linear: Function) -> None:
    assert run(linear).startswith("From T = 64 to T = 256, 4 times as many, the work grew ")


@pytest.mark.parametrize(
    "square",
    [
        lambda x: x @ x.transpose(1, 2),
        lambda x: torch.einsum("bid,bjd->bij", x, x),
        lambda x: x.new_ones(x.shape[1], x.shape[1]).tril(),
        lambda x: x.unsqueeze(1).expand(-1, x.shape[1], -1, -1).sum(dim=2),
        lambda x: (x[0] @ x[0].T).flatten(),
        lambda x: torch.stack([x[:, t] @ x[0].T for t in range(x.shape[1])]),
        torch.func.vmap(lambda x: x @ x.T),
    ],
    ids=["product", "einsum", "mask", "expand", "flat", "row_by_row", "vmap"],
)
def test_a_square_tensor_is_refused_with_its_shape(square: Function) -> None:
    with pytest.raises(ContractBroken, match=r"For T = 64 a tensor of shape \(.*64.*4,096"):
        run(square)


@pytest.mark.parametrize(
    "slow",
    [
        lambda x: torch.stack([x[:, : t + 1].sum(dim=1) for t in range(x.shape[1])], dim=1),
        lambda x: torch.stack([(x * x[:, t : t + 1]).sum() for t in range(x.shape[1])]),
    ],
    ids=["prefix_sums", "row_by_row"],
)
def test_quadratic_work_in_small_pieces_is_refused_with_its_growth(slow: Function) -> None:
    with pytest.raises(ContractBroken, match=r"4 times as many, the numbers .* grew 1[2-6]\.\d"):
        run(slow)


def test_a_loop_is_refused_only_where_operations_are_limited() -> None:
    with pytest.raises(ContractBroken, match=r"operations grew [34]\.\d times .* in a loop"):
        run(loop, NO_LOOP)
    assert run(lambda x: x.sum(dim=1), NO_LOOP)


def test_squares_can_be_allowed() -> None:
    limits = Growth(square=True, numbers=17)
    assert "grew 1" in run(lambda x: x @ x.transpose(1, 2), limits)


def test_backward_passes_are_counted_too() -> None:
    x = torch.ones(5, requires_grad=True)
    with Created() as forward:
        total = (x * 2).sum()
    with Created() as backward:
        total.backward()
    assert forward.numbers and backward.numbers


def test_beyond_is_run_twice_and_nothing_is_counted() -> None:
    lengths: list[int] = []

    def probe(length: int) -> Observed:
        lengths.append(length)
        if length == 1000:  # would be refused if it were counted
            torch.ones(length, length)
        return {"output": torch.ones(length)}

    seen, _ = within(Growth(beyond=1000), probe)
    assert lengths == [64, 256, 250, 1000]
    assert set(seen) == {"output, T = 64", "output, T = 256", "output, T = 1000"}


def test_what_breaks_a_limit_never_comes_to_the_third_run() -> None:
    def probe(length: int) -> Observed:
        assert length < 1000
        return {"output": torch.ones(length, length)}

    with pytest.raises(ContractBroken):
        within(Growth(beyond=1000), probe)


LONG = Growth(numbers=1e9, square=True, beyond=6_000)


def long_run(work: Callable[[int], None]) -> str:
    def probe(length: int) -> Observed:
        if length > 256:
            work(length)
        return {"output": torch.ones(2)}

    return within(LONG, probe)[1]


def in_numpy(length: int) -> None:
    rows = np.ones((length, 300), dtype=np.float32)
    for row in rows:
        (rows @ row).sum()


def in_python(length: int) -> None:
    total = 0
    for t in range(length):
        total += sum(s * s for s in range(t))


def with_counting_switched_off(length: int) -> None:
    x = torch.ones(length, 300)
    with torch.utils._python_dispatch._disable_current_modes():
        for row in x:
            (x @ row).sum()


@pytest.mark.parametrize("work", [in_numpy, in_python, with_counting_switched_off])
def test_quadratic_work_that_is_not_counted_is_seen_by_its_time(
    work: Callable[[int], None],
) -> None:
    with pytest.raises(ContractBroken, match=r"the processor time grew from \d\.\d\d to \d"):
        long_run(work)


def test_quadratic_memory_that_is_not_counted_is_seen() -> None:
    def keep(length: int) -> None:
        np.ones((2 * length, 2 * length), dtype=np.float64)

    with pytest.raises(ContractBroken, match=r"took 1,\d\d\d MB of memory"):
        long_run(keep)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.2])
def test_linear_work_passes_however_long_a_step_takes(seconds: float) -> None:
    def work(length: int) -> None:
        until = time.process_time() + seconds * length / 6_000
        while time.process_time() < until:
            pass

    assert long_run(work)
