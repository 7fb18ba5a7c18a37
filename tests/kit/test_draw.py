"""The grader's random inputs: the same for the same seed, different sizes, filling by shape."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from autograder.kit.checks import Draw, observe, pair
from autograder.kit.observe import ContractBroken


def test_the_same_seed_throws_the_same_numbers() -> None:
    first, second = Draw(3, "a.b", 0).normal(2, 3), Draw(3, "a.b", 0).normal(2, 3)
    assert torch.equal(first, second)


@pytest.mark.parametrize("other", [Draw(4, "a.b", 0), Draw(3, "a.c", 0), Draw(3, "a.b", 2)])
def test_another_seed_check_or_case_throws_other_numbers(other: Draw) -> None:
    assert not torch.equal(Draw(3, "a.b", 0).normal(2, 3), other.normal(2, 3))


def test_the_numbers_are_those_of_every_machine() -> None:
    """Written down once: a change here changes every student's inputs."""
    assert Draw(0, "layer_norm_values", 0).integers(0, 99, 5).tolist() == [16, 62, 6, 99, 76]


def test_sizes_are_all_different() -> None:
    for seed in range(20):
        sizes = Draw(seed, "a.b").sizes(4)
        assert len(set(sizes)) == 4


def test_masks_have_unequal_lengths_and_a_real_token_in_every_row() -> None:
    mask = Draw(0, "a.b").prefix_mask(4, 6)
    lengths = mask.sum(1)
    assert len(set(lengths.tolist())) == 4 and lengths.min() >= 1
    assert torch.equal(mask.sort(dim=1, descending=True).values, mask)


def test_modules_that_call_their_parts_differently_are_filled_alike() -> None:
    class One(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(2, 3), nn.Linear(3, 4)

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.second, self.first = nn.Linear(3, 4), nn.Linear(2, 3)

    one, two = One(), Two()
    Draw(0, "a.b").fill(one)
    Draw(0, "a.b").fill(two)
    assert torch.equal(one.a.weight, two.first.weight)
    assert torch.equal(one.b.bias, two.second.bias)


def test_gradients_of_an_output_that_is_cut_off_are_zero_not_an_error() -> None:
    x = torch.ones(3, requires_grad=True)
    seen = observe(torch.ones(3), grad_of={"x": x})
    assert torch.equal(seen["gradient with respect to x"], torch.zeros(3))


def test_a_result_that_is_not_a_pair_is_told_in_words() -> None:
    with pytest.raises(ContractBroken, match="x is a Tensor"):
        pair(torch.ones(2), "(a, b)")
