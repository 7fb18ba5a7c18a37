"""Known mistakes of task 3.2: the vision transformer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from autograder.kit.mistakes import misconception

_VIT = "main:ViT"


def _tokens(self: Any, images: Tensor) -> tuple[Tensor, Tensor]:
    patches = self.patch_embed(images)
    return self.cls_token.expand(len(patches), -1, -1), patches


def _forward(reference: Any, forward: Any) -> None:
    reference.ViT.forward = forward


@misconception(_VIT, hint="The class token stands behind the patches; it is token 0.")
def class_token_last(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        first, patches = _tokens(self, images)
        x = self.encoder(torch.cat([patches, first], dim=1) + self.pos_embed)
        return self.head(self.norm(x)[:, -1])

    _forward(reference, forward)


@misconception(_VIT, hint="The head gets the mean of the tokens; it gets token 0, the class token.")
def head_on_the_mean(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        x = self.encoder(torch.cat(_tokens(self, images), dim=1) + self.pos_embed)
        return self.head(self.norm(x).mean(1))

    _forward(reference, forward)


@misconception(_VIT, hint="The head gets the last token; it gets token 0, the class token.")
def head_on_the_last_token(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        x = self.encoder(torch.cat(_tokens(self, images), dim=1) + self.pos_embed)
        return self.head(self.norm(x)[:, -1])

    _forward(reference, forward)


@misconception(_VIT, hint="The positions are not added.")
def no_positions(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        x = self.encoder(torch.cat(_tokens(self, images), dim=1))
        return self.head(self.norm(x)[:, 0])

    _forward(reference, forward)


@misconception(_VIT, hint="The class token has no position added to it; all tokens have one.")
def class_token_without_position(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        first, patches = _tokens(self, images)
        x = self.encoder(torch.cat([first, patches + self.pos_embed[:, 1:]], dim=1))
        return self.head(self.norm(x)[:, 0])

    _forward(reference, forward)


@misconception(
    _VIT,
    hint="The patches get the positions from 0 on, although position 0 is the class token's.",
)
def positions_off_by_one(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        first, patches = _tokens(self, images)
        x = self.encoder(torch.cat([first, patches + self.pos_embed[:, :-1]], dim=1))
        return self.head(self.norm(x)[:, 0])

    _forward(reference, forward)


@misconception(_VIT, hint="`norm` is missing between the encoder and the head.")
def no_final_norm(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        x = self.encoder(torch.cat(_tokens(self, images), dim=1) + self.pos_embed)
        return self.head(x[:, 0])

    _forward(reference, forward)


@misconception(_VIT, hint="`norm` comes before the encoder; it comes after it.")
def norm_before_the_encoder(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        x = self.norm(torch.cat(_tokens(self, images), dim=1) + self.pos_embed)
        return self.head(self.encoder(x)[:, 0])

    _forward(reference, forward)


@misconception(_VIT, hint="The class token is not used: a token of zeros stands in its place.")
def class_token_of_zeros(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        first, patches = _tokens(self, images)
        x = torch.cat([torch.zeros_like(first), patches], dim=1) + self.pos_embed
        return self.head(self.norm(self.encoder(x))[:, 0])

    _forward(reference, forward)


@misconception(
    _VIT,
    hint="Class token and positions are detached: no gradient reaches them, nothing is learnt.",
)
def token_and_positions_constant(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        first, patches = _tokens(self, images)
        x = torch.cat([first.detach(), patches], dim=1) + self.pos_embed.detach()
        return self.head(self.norm(self.encoder(x))[:, 0])

    _forward(reference, forward)


@misconception(
    _VIT,
    hint="The layers take the images of the batch for the steps of a sequence: they need "
    "batch_first=True.",
)
def encoder_mixes_the_batch(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        x = torch.cat(_tokens(self, images), dim=1) + self.pos_embed
        x = self.encoder(x.transpose(0, 1)).transpose(0, 1)
        return self.head(self.norm(x)[:, 0])

    _forward(reference, forward)


def _encoder(reference: Any, layers: int = 3, heads: int = 4, **options: Any) -> None:
    right = reference.ViT.__init__

    def init(
        self: Any,
        in_channels: int = 3,
        num_classes: int = 10,
        embed_dim: int = 64,
        num_patches: int = 256,
    ) -> None:
        right(self, in_channels, num_classes, embed_dim, num_patches)
        layer = nn.TransformerEncoderLayer(embed_dim, heads, batch_first=True, **options)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)

    reference.ViT.__init__ = init


@misconception(_VIT, hint="The layers have one head; four are asked for.")
def one_head(reference: Any) -> None:
    _encoder(reference, heads=1)


@misconception(_VIT, hint="The layers have two heads; four are asked for.")
def two_heads(reference: Any) -> None:
    _encoder(reference, heads=2)


@misconception(_VIT, hint="The encoder has four layers; three are asked for.")
def four_layers(reference: Any) -> None:
    _encoder(reference, layers=4)


@misconception(_VIT, hint="The layers normalise first; PyTorch's default is after each part.")
def norm_first(reference: Any) -> None:
    _encoder(reference, norm_first=True)
