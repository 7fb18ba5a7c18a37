"""Known mistakes in layer normalisation: another centre or another scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from autograder.kit.mistakes import misconception

_NORM = "vit_solution:LayerNorm.forward"


def _normalise_with(
    reference: Any, scale: Callable[[Tensor, float], Tensor], axes: Any = -1
) -> None:
    """Replace LayerNorm.forward: deviations from the mean over `axes`, divided by `scale`."""

    def forward(self: Any, inputs: Tensor) -> Tensor:
        centred = inputs - inputs.mean(axes, keepdim=True)
        return centred / scale(inputs, self.eps) * self.weight + self.bias

    reference.LayerNorm.forward = forward


@misconception(
    _NORM, hint="torch.var divides by n - 1 unless told otherwise; LayerNorm divides by n."
)
def unbiased_variance(reference: Any) -> None:
    _normalise_with(reference, lambda x, eps: (x.var(-1, keepdim=True) + eps).sqrt())


@misconception(
    _NORM,
    hint="eps is added to the standard deviation; it belongs to the variance, inside the root.",
)
def eps_outside_the_root(reference: Any) -> None:
    _normalise_with(reference, lambda x, eps: x.var(-1, correction=0, keepdim=True).sqrt() + eps)


@misconception(
    _NORM,
    hint="torch.std divides by n - 1 unless told otherwise, and eps belongs inside the root, to "
    "the variance.",
)
def unbiased_std_plus_eps(reference: Any) -> None:
    _normalise_with(reference, lambda x, eps: x.std(-1, keepdim=True) + eps)


@misconception(
    _NORM, hint="eps is not used, so a constant vector is divided by zero. Add it to the variance."
)
def no_eps(reference: Any) -> None:
    _normalise_with(reference, lambda x, eps: x.var(-1, correction=0, keepdim=True).sqrt())


@misconception(
    _NORM, hint="eps is a fixed 1e-5 here; it is an argument of the constructor: use self.eps."
)
def fixed_eps(reference: Any) -> None:
    _normalise_with(reference, lambda x, eps: (x.var(-1, correction=0, keepdim=True) + 1e-5).sqrt())


@misconception(
    _NORM, hint="The deviations are divided by the variance; the formula divides by its root."
)
def divided_by_the_variance(reference: Any) -> None:
    _normalise_with(reference, lambda x, eps: x.var(-1, correction=0, keepdim=True) + eps)


@misconception(
    _NORM,
    hint="The mean of the squares stands where the variance belongs: subtract the mean before "
    "squaring.",
)
def mean_square_for_variance(reference: Any) -> None:
    _normalise_with(reference, lambda x, eps: (x.square().mean(-1, keepdim=True) + eps).sqrt())


@misconception(
    _NORM,
    hint="Mean and variance are taken over the first axis, across the batch: that is batch "
    "normalisation. Each vector is normalised by itself, over the last axis.",
)
def statistics_over_the_batch(reference: Any) -> None:
    _normalise_with(
        reference, lambda x, eps: (x.var(0, correction=0, keepdim=True) + eps).sqrt(), axes=0
    )


@misconception(
    _NORM,
    hint="One mean and one variance are taken of the whole tensor. Each vector is normalised by "
    "itself: name the axis and keep it.",
)
def statistics_over_everything(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor) -> Tensor:
        variance = inputs.var(correction=0)
        return (inputs - inputs.mean()) / (variance + self.eps).sqrt() * self.weight + self.bias

    reference.LayerNorm.forward = forward


def _without(name: str) -> Callable[[Any], None]:
    """LayerNorm that leaves out one of its affine parameters."""

    def patch(reference: Any) -> None:
        right = reference.LayerNorm.forward

        def forward(self: Any, inputs: Tensor) -> Tensor:
            output = right(self, inputs)
            plain: Tensor = (
                output - self.bias
                if name == "bias"
                else ((output - self.bias) / self.weight + self.bias)
            )
            return plain

        reference.LayerNorm.forward = forward

    return patch


@misconception(_NORM, hint="The bias is not added.")
def bias_forgotten(reference: Any) -> None:
    _without("bias")(reference)


@misconception(_NORM, hint="The normalised values are not multiplied by the weight.")
def weight_forgotten(reference: Any) -> None:
    _without("weight")(reference)


@misconception(_NORM, hint="Neither weight nor bias is used: scale and shift come last.")
def weight_and_bias_forgotten(reference: Any) -> None:
    _without("bias")(reference)
    without_bias = reference.LayerNorm.forward
    reference.LayerNorm.forward = lambda self, inputs: without_bias(self, inputs) / self.weight


@misconception(
    _NORM,
    hint="The gradient does not flow through mean and variance: they depend on the inputs, so no "
    ".detach(), .item() or torch.no_grad() there.",
)
def statistics_detached(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor) -> Tensor:
        mean = inputs.mean(-1, keepdim=True).detach()
        variance = inputs.var(-1, correction=0, keepdim=True).detach()
        return (inputs - mean) / (variance + self.eps).sqrt() * self.weight + self.bias

    reference.LayerNorm.forward = forward
