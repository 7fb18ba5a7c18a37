"""Known mistakes in patches and in the pre-norm block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from autograder.kit.mistakes import misconception

# --- 2.6 patches --------------------------------------------------------------------------------

_PATCHES = "vit_solution:VisionTransformer.get_patches"


def _cut(reference: Any, rule: Callable[[Tensor, int], Tensor]) -> None:
    """Replace get_patches by a rule that gives (B, N, C, p, p)."""

    def get_patches(
        self: Any, image: Tensor, patch_size: int, flatten_channels: bool = True
    ) -> Tensor:
        patches = rule(image, patch_size)
        return patches.flatten(2) if flatten_channels else patches

    reference.VisionTransformer.get_patches = get_patches


def _grid(image: Tensor, p: int) -> Tensor:
    """(B, C, rows, p, columns, p)"""
    batch, channels, height, width = image.shape
    return image.reshape(batch, channels, height // p, p, width // p, p)


@misconception(
    _PATCHES,
    hint="Patches come column by column; they are read like text: from left to right, then down.",
)
def patches_column_by_column(reference: Any) -> None:
    _cut(reference, lambda image, p: _grid(image, p).permute(0, 4, 2, 1, 3, 5).flatten(1, 2))


@misconception(
    _PATCHES,
    hint="Inside a patch the channel comes last; it comes first, then the row, then the column.",
)
def channel_last_in_patch(reference: Any) -> None:
    def rule(image: Tensor, p: int) -> Tensor:
        batch, channels = image.shape[:2]
        last = _grid(image, p).permute(0, 2, 4, 3, 5, 1).flatten(1, 2).flatten(2)
        return last.reshape(batch, -1, channels, p, p)

    _cut(reference, rule)


@misconception(_PATCHES, hint="Inside a patch rows and columns are swapped.")
def patch_transposed(reference: Any) -> None:
    _cut(reference, lambda image, p: _grid(image, p).permute(0, 2, 4, 1, 5, 3).flatten(1, 2))


@misconception(
    _PATCHES,
    hint="A view or reshape of the image gives the right shape and the wrong pixels: a patch's "
    "rows do not lie next to each other in memory.",
)
def patches_by_view(reference: Any) -> None:
    def rule(image: Tensor, p: int) -> Tensor:
        batch, channels = image.shape[:2]
        return image.reshape(batch, -1, channels, p, p)

    _cut(reference, rule)


@misconception(
    _PATCHES,
    hint="unfold gives (B, C * p * p, N); a view to (B, N, ...) mixes patches. Swap the two axes.",
)
def unfold_without_transpose(reference: Any) -> None:
    def rule(image: Tensor, p: int) -> Tensor:
        batch, channels = image.shape[:2]
        return F.unfold(image, p, stride=p).reshape(batch, -1, channels, p, p)

    _cut(reference, rule)


@misconception(
    _PATCHES, hint="flatten_channels is not looked at: when it is False, keep the axes (C, p, p)."
)
def always_flattened(reference: Any) -> None:
    right = reference.VisionTransformer.get_patches
    reference.VisionTransformer.get_patches = (
        lambda self, image, patch_size, flatten_channels=True: right(self, image, patch_size, True)
    )


# --- 2.7 the pre-norm block ---------------------------------------------------------------------

_BLOCK = "vit_solution:PreNormAttentionBlock.forward"


def _block(reference: Any, rule: Callable[[Any, Tensor], Tensor]) -> None:
    reference.PreNormAttentionBlock.forward = rule


@misconception(
    _BLOCK,
    hint="This is the post-norm block: the norms come after the residual sums. In the pre-norm "
    "block each norm is inside the branch, before its layer.",
)
def post_norm(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        x = self.layer_norm_1(x + self.attn(x))
        return self.layer_norm_2(x + self.linear(x))

    _block(reference, forward)


@misconception(_BLOCK, hint="The first norm is used twice; the second branch has its own.")
def first_norm_twice(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        x = x + self.attn(self.layer_norm_1(x))
        return x + self.linear(self.layer_norm_1(x))

    _block(reference, forward)


@misconception(_BLOCK, hint="The two norms have changed places.")
def norms_swapped(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        x = x + self.attn(self.layer_norm_2(x))
        return x + self.linear(self.layer_norm_1(x))

    _block(reference, forward)


@misconception(
    _BLOCK,
    hint="The residual is taken after the norm. The path around a branch carries the values as "
    "they came in.",
)
def residual_after_the_norm(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        x = self.layer_norm_1(x)
        x = x + self.attn(x)
        x = self.layer_norm_2(x)
        return x + self.linear(x)

    _block(reference, forward)


@misconception(
    _BLOCK,
    hint="The first residual is missing: the inputs are not added to the attention's output.",
)
def first_residual_missing(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        x = self.attn(self.layer_norm_1(x))
        return x + self.linear(self.layer_norm_2(x))

    _block(reference, forward)


@misconception(
    _BLOCK,
    hint="The second residual is missing: nothing is added to the feed-forward part's output.",
)
def second_residual_missing(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        return self.linear(self.layer_norm_2(x + self.attn(self.layer_norm_1(x))))

    _block(reference, forward)


@misconception(
    _BLOCK,
    hint="The second residual adds only the attention's output; it adds the whole of the first "
    "sum, inputs included.",
)
def second_residual_without_inputs(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        attended = self.attn(self.layer_norm_1(x))
        return attended + self.linear(self.layer_norm_2(x + attended))

    _block(reference, forward)


@misconception(_BLOCK, hint="The second residual adds the block's inputs, not the first sum.")
def second_residual_from_inputs(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        return x + self.linear(self.layer_norm_2(x + self.attn(self.layer_norm_1(x))))

    _block(reference, forward)


@misconception(_BLOCK, hint="The norms are not used: each stands in front of its layer.")
def norms_missing(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        x = x + self.attn(x)
        return x + self.linear(x)

    _block(reference, forward)
