"""Muon: momentum whose update is made orthogonal, for the matrices inside a network.

A gradient matrix is mostly a few strong directions; its nearest orthogonal matrix weighs all of its
directions the same, and a network learns in fewer steps (Jordan et al. 2024,
kellerjordan.github.io/posts/muon). The kernels of a convolution are the rows of a matrix. Vectors,
and matrices that are narrow or are tables of a vocabulary, are left to AdamW; a matrix' update is
as long as one of AdamW would be, so that one learning rate serves both (arXiv:2502.16982).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

BETAS, EPSILON = (0.9, 0.99), 1e-8  # of AdamW
NARROWEST, WIDEST = 32, 4096  # sides of the matrices that Muon takes


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """About the nearest matrix with singular values of one, by a Newton-Schulz iteration."""
    a, b, c = 3.4445, -4.7750, 2.0315  # the quintic's coefficients: fast, not exact
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / (wide.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + torch.addmm(gram, gram, gram, beta=b, alpha=c) @ x
    return x if wide is matrix else x.T


class Muon(torch.optim.Optimizer):
    """Muon for the matrices among the parameters, AdamW for the others."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                sides = parameter.flatten(1).shape if parameter.dim() > 1 else (0,)
                inside = min(sides) >= NARROWEST and max(sides) <= WIDEST
                change = self._turned(parameter, group) if inside else self._adam(parameter)
                if parameter.dim() > 1:
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(change, alpha=-group["lr"])

    def _turned(self, parameter: Tensor, group: dict[str, Any]) -> Tensor:
        """Nesterov momentum made orthogonal; its entries are about 0.2 in size, as AdamW's are."""
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        if not state:
            state["mean"] = torch.zeros_like(parameter)
        mean = state["mean"].lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(mean, group["momentum"]).flatten(1)  # (outputs, all inputs)
        return 0.2 * math.sqrt(max(ahead.shape)) * orthogonal(ahead).view_as(parameter)

    def _adam(self, parameter: Tensor) -> Tensor:
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        if not state:
            state["step"] = 0
            state["mean"], state["square"] = (torch.zeros_like(parameter) for _ in range(2))
        state["step"] += 1
        mean = state["mean"].lerp_(gradient, 1 - BETAS[0])
        square = state["square"].lerp_(gradient * gradient, 1 - BETAS[1])
        unbiased = [1 - beta ** state["step"] for beta in BETAS]
        return (mean / unbiased[0]) / ((square / unbiased[1]).sqrt() + EPSILON)
