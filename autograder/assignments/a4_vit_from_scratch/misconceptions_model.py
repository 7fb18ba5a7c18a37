"""Known mistakes of patches, encoder block and model."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from autograder.kit.mistakes import misconception

_FILE = "vit_from_scratch_solution"
_COUNT, _EMBED = f"{_FILE}:count_patches", f"{_FILE}:PatchEmbedding.forward"
_BLOCK = f"{_FILE}:EncoderBlock.forward"
_INIT, _FORWARD = f"{_FILE}:ViT.__init__", f"{_FILE}:ViT.forward"


# --- 1 patches ----------------------------------------------------------------------------------


@misconception(_COUNT, hint="This is the number of patches in a row; the image has as many rows.")
def one_row(reference: Any) -> None:
    right = reference.count_patches
    reference.count_patches = lambda image, patch: math.isqrt(right(image, patch))


@misconception(
    _COUNT,
    hint="This is the patch size. For an image of 64 pixels and patches of 16 "
    "the number of patches happens to be 16, too.",
)
def patch_size_itself(reference: Any) -> None:
    right = reference.count_patches
    reference.count_patches = lambda image, patch: right(image, patch) and patch


@misconception(_COUNT, hint="The class token is no patch: do not count it here.")
def class_token_counted(reference: Any) -> None:
    right = reference.count_patches
    reference.count_patches = lambda image, patch: right(image, patch) + 1


@misconception(_COUNT, hint="A float comes out: divide integers with //.")
def float_count(reference: Any) -> None:
    right = reference.count_patches
    reference.count_patches = lambda image, patch: float(right(image, patch))


@misconception(_COUNT, hint="Patches that do not fill the image must raise a ValueError.")
def never_raises(reference: Any) -> None:
    reference.count_patches = lambda image, patch: (image // patch) ** 2


def _patches(self: Any, images: Tensor, *order: int) -> Tensor:
    B, C, height, width = images.shape
    p = self.patch_size
    grid = images.reshape(B, C, height // p, p, width // p, p)
    return grid.permute(*order).flatten(3).flatten(1, 2)


def _embed_in_order(*order: int) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        def forward(self: Any, images: Tensor) -> Tensor:
            return self.projection(_patches(self, images, *order))

        reference.PatchEmbedding.forward = forward

    return patch


@misconception(_EMBED, hint="The patches come column by column; the top row comes first.")
def column_by_column(reference: Any) -> None:
    _embed_in_order(0, 4, 2, 1, 3, 5)(reference)


@misconception(_EMBED, hint="Inside a patch the channel comes last; it comes first.")
def channel_last(reference: Any) -> None:
    _embed_in_order(0, 2, 4, 3, 5, 1)(reference)


@misconception(_EMBED, hint="Inside a patch rows and columns are exchanged.")
def patches_transposed(reference: Any) -> None:
    _embed_in_order(0, 2, 4, 1, 5, 3)(reference)


@misconception(
    _EMBED,
    hint="The pixels were only reshaped, so that a token holds a strip of the "
    "image: a patch has to be cut out in both directions.",
)
def strips_not_patches(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        return self.projection(images.reshape(len(images), -1, self.projection.in_features))

    reference.PatchEmbedding.forward = forward


# --- 3 encoder block ----------------------------------------------------------------------------


def _block(forward: Callable[[Any, Tensor], Tensor]) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        reference.EncoderBlock.forward = forward

    return patch


@misconception(_BLOCK, hint="The norms come after their part; each comes before it.")
def post_norm(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        x = self.norm_1(x + self.attention(x))
        return self.norm_2(x + self.mlp(x))

    _block(forward)(reference)


@misconception(
    _BLOCK,
    hint="The residual connection goes around the norm as well: add the tokens "
    "as they came, not as they were normalised.",
)
def residual_after_the_norm(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        x = self.norm_1(x)
        x = x + self.attention(x)
        x = self.norm_2(x)
        return x + self.mlp(x)

    _block(forward)(reference)


@misconception(_BLOCK, hint="`norm_1` is used twice; the second part has its own.")
def first_norm_twice(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm_1(x))
        return x + self.mlp(self.norm_1(x))

    _block(forward)(reference)


@misconception(_BLOCK, hint="The residual connections are missing.")
def no_residual(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        return self.mlp(self.norm_2(self.attention(self.norm_1(x))))

    _block(forward)(reference)


@misconception(
    _BLOCK,
    hint="The second residual connection adds the tokens from before attention; "
    "it adds those from after it.",
)
def second_residual_from_the_start(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        return x + self.mlp(self.norm_2(x + self.attention(self.norm_1(x))))

    _block(forward)(reference)


@misconception(_BLOCK, hint="The norms are not used.")
def no_norms(reference: Any) -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        x = x + self.attention(x)
        return x + self.mlp(x)

    _block(forward)(reference)


# --- 4 vision transformer -----------------------------------------------------------------------


def _init(change: Callable[[Any, int, int], None]) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        right = reference.ViT.__init__

        def init(self: Any, image_size: int = 64, patch_size: int = 16, *rest: Any) -> None:
            right(self, image_size, patch_size, *rest)
            change(self, image_size, patch_size)

        reference.ViT.__init__ = init

    return patch


def _positions(self: Any, count: int) -> None:
    self.positions = nn.Parameter(torch.zeros(1, count, self.positions.shape[2]))


@misconception(
    _INIT,
    hint="The number of tokens is patch size + 1 here, which is right only by "
    "coincidence, for images of 64 pixels and patches of 16.",
)
def patch_size_plus_one(reference: Any) -> None:
    _init(lambda self, image, patch: _positions(self, patch + 1))(reference)


@misconception(_INIT, hint="The number of tokens is fixed at 17; it depends on both sizes.")
def seventeen_tokens(reference: Any) -> None:
    _init(lambda self, image, patch: _positions(self, 17))(reference)


@misconception(_INIT, hint="There is no position for the class token.")
def no_position_for_the_class_token(reference: Any) -> None:
    def change(self: Any, image: int, patch: int) -> None:
        _positions(self, self.positions.shape[1] - 1)

    _init(change)(reference)


@misconception(
    _INIT, hint="The class token is a plain tensor, so it is never learnt: nn.Parameter."
)
def class_token_not_learnt(reference: Any) -> None:
    def change(self: Any, image: int, patch: int) -> None:
        token = self.class_token.data
        del self.class_token
        self.class_token = token

    _init(change)(reference)


@misconception(
    _INIT, hint="The positions are a plain tensor, so they are never learnt: nn.Parameter."
)
def positions_not_learnt(reference: Any) -> None:
    def change(self: Any, image: int, patch: int) -> None:
        positions = self.positions.data
        del self.positions
        self.positions = positions

    _init(change)(reference)


def _forward(
    assemble: Callable[[Any, Tensor, Tensor], Tensor] | None = None,
    read: Callable[[Any, Tensor], Tensor] | None = None,
) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        def forward(self: Any, images: Tensor) -> Tensor:
            patches = self.patch_embedding(images)
            first = self.class_token.expand(len(images), -1, -1)
            if assemble:
                x = assemble(self, first, patches)
            else:
                x = torch.cat([first, patches], dim=1) + self.positions
            for block in self.blocks:
                x = block(x)
            return read(self, x) if read else self.head(self.norm(x)[:, 0])

        reference.ViT.forward = forward

    return patch


@misconception(_FORWARD, hint="The class token stands behind the patches; it comes first.")
def class_token_last(reference: Any) -> None:
    _forward(
        lambda self, first, patches: torch.cat([patches, first], dim=1) + self.positions,
        lambda self, x: self.head(self.norm(x)[:, -1]),
    )(reference)


@misconception(_FORWARD, hint="The head gets the mean of all tokens; it gets the class token.")
def head_on_the_mean(reference: Any) -> None:
    _forward(read=lambda self, x: self.head(self.norm(x).mean(1)))(reference)


@misconception(_FORWARD, hint="The head gets the last token; it gets the class token, the first.")
def head_on_the_last_token(reference: Any) -> None:
    _forward(read=lambda self, x: self.head(self.norm(x)[:, -1]))(reference)


@misconception(_FORWARD, hint="`norm` is missing before the head.")
def no_final_norm(reference: Any) -> None:
    _forward(read=lambda self, x: self.head(x[:, 0]))(reference)


@misconception(_FORWARD, hint="The positions are not added.")
def no_positions(reference: Any) -> None:
    _forward(lambda self, first, patches: torch.cat([first, patches], dim=1))(reference)


@misconception(_FORWARD, hint="The class token has no position added to it.")
def class_token_without_position(reference: Any) -> None:
    _forward(
        lambda self, first, patches: torch.cat([first, patches + self.positions[:, 1:]], dim=1)
    )(reference)


@misconception(_FORWARD, hint="Class token and positions are detached, so that neither is learnt.")
def nothing_learnt(reference: Any) -> None:
    _forward(
        lambda self, first, patches: (
            torch.cat([first.detach(), patches], dim=1) + self.positions.detach()
        )
    )(reference)


@misconception(_FORWARD, hint="Only the first block is used.")
def first_block_only(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        first = self.class_token.expand(len(images), -1, -1)
        x = torch.cat([first, self.patch_embedding(images)], dim=1) + self.positions
        return self.head(self.norm(self.blocks[0](x))[:, 0])

    reference.ViT.forward = forward
