"""A GPU that is asked for by name is the CPU where there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from autograder.kit.devices import cuda_means_cpu

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
SAYS_CUDA = ["x = x.cuda()"]


def in_a_device_context(x: Tensor) -> Tensor:
    with torch.device("cuda"):
        return x + torch.zeros(2)


WAYS: dict[str, Callable[[Tensor], Tensor]] = {
    "Tensor.cuda": lambda x: x.cuda(),
    "to": lambda x: x.to("cuda:0"),
    "to device": lambda x: x.to(torch.device("cuda"), non_blocking=True),
    "factory": lambda x: x + torch.zeros(2, device="cuda"),
    "like": lambda x: x + torch.zeros_like(x, device="cuda:0"),
    "module.cuda": lambda x: nn.Identity().cuda()(x),
    "module.to": lambda x: nn.Linear(2, 2).to("cuda")(x),
    "layer": lambda x: nn.Linear(2, 2, device="cuda")(x),
    "device context": in_a_device_context,
    "pinned": lambda x: x.pin_memory().cuda(non_blocking=True),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_ask_for_it_gives_the_cpu(way: str) -> None:
    with cuda_means_cpu(SAYS_CUDA) as asked:
        assert not asked()
        assert WAYS[way](torch.ones(2)).device.type == "cpu"
        assert asked() or way == "module.cuda"  # without parameters there is nothing to move


def test_autocast_and_waiting_for_the_gpu_do_nothing() -> None:
    with cuda_means_cpu(SAYS_CUDA), torch.autocast("cuda"):
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        assert (torch.ones(2) @ torch.ones(2)).dtype == torch.float32


def test_everything_is_as_before_afterwards() -> None:
    before = torch.cuda.synchronize
    with cuda_means_cpu(SAYS_CUDA):
        assert torch.cuda.synchronize is not before
    assert torch.cuda.synchronize is before
    with pytest.raises((RuntimeError, AssertionError)):
        torch.ones(2).cuda()


def test_code_that_does_not_mention_it_runs_without_any_of_this() -> None:
    with cuda_means_cpu(["x = x + 1"]) as asked, pytest.raises((RuntimeError, AssertionError)):
        torch.ones(2).cuda()
    assert not asked()
