"""Known mistakes of task 4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.kit.mistakes import misconception

_FILE = "fashion_vit_solution"
_ATTENTION, _FORWARD = f"{_FILE}:Attention.forward", f"{_FILE}:ViT.forward"
_MODEL, _COUNT = f"{_FILE}:fashion_vit", f"{_FILE}:count_parameters"

Weights = Callable[[Tensor, Tensor], Tensor]


def _plain(q: Tensor, k: Tensor) -> Tensor:
    return (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1)


def _attention(
    reference: Any, weights: Weights = _plain, order: str = "qkv", out: bool = True
) -> None:
    def forward(self: Any, tokens: Tensor) -> Tensor:
        B, T, _ = tokens.shape
        parts = self.to_qkv(tokens).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k, v = (parts[order.index(name)] for name in "qkv")
        heads = (weights(q, k) @ v).transpose(1, 2).flatten(2)
        return self.to_out(heads) if out else heads @ self.to_out[0].weight.T

    reference.Attention.forward = forward


@misconception(
    _ATTENTION, hint="The softmax runs over the queries; the weights of each query add up to 1."
)
def softmax_over_the_queries(reference: Any) -> None:
    _attention(reference, lambda q, k: (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-2))


@misconception(_ATTENTION, hint="The scores are not divided by the root of d.")
def not_scaled(reference: Any) -> None:
    _attention(reference, lambda q, k: (q @ k.mT).softmax(dim=-1))


@misconception(_ATTENTION, hint="The scores are divided after the softmax; it comes last.")
def scaled_after_the_softmax(reference: Any) -> None:
    _attention(reference, lambda q, k: (q @ k.mT).softmax(dim=-1) / q.shape[-1] ** 0.5)


@misconception(_ATTENTION, hint="The scores are divided by d, not by its root.")
def scaled_by_d(reference: Any) -> None:
    _attention(reference, lambda q, k: (q @ k.mT / q.shape[-1]).softmax(dim=-1))


@misconception(
    _ATTENTION,
    hint="The scores are divided by the root of the tokens' features, D; "
    "what is meant is d, those of a head.",
)
def scaled_by_the_tokens_features(reference: Any) -> None:
    def forward(self: Any, tokens: Tensor) -> Tensor:
        B, T, D = tokens.shape
        q, k, v = self.to_qkv(tokens).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        heads = (q @ k.mT / D**0.5).softmax(dim=-1) @ v
        return self.to_out(heads.transpose(1, 2).flatten(2))

    reference.Attention.forward = forward


@misconception(
    _ATTENTION, hint="An exp of large scores overflows: subtract the largest, or use softmax."
)
def exp_overflows(reference: Any) -> None:
    def weights(q: Tensor, k: Tensor) -> Tensor:
        scores = (q @ k.mT / q.shape[-1] ** 0.5).exp()
        return scores / scores.sum(-1, keepdim=True)

    _attention(reference, weights)


@misconception(_ATTENTION, hint="Queries and keys are exchanged: the first third holds queries.")
def keys_first(reference: Any) -> None:
    _attention(reference, order="kqv")


@misconception(_ATTENTION, hint="Keys and values are exchanged: the last third holds values.")
def values_second(reference: Any) -> None:
    _attention(reference, order="qvk")


@misconception(
    _ATTENTION,
    hint="The three parts are taken out of each head; the result holds all "
    "queries, then all keys, then all values.",
)
def parts_inside_heads(reference: Any) -> None:
    def forward(self: Any, tokens: Tensor) -> Tensor:
        B, T, _ = tokens.shape
        q, k, v = self.to_qkv(tokens).view(B, T, self.heads, 3, -1).permute(3, 0, 2, 1, 4)
        return self.to_out((_plain(q, k) @ v).transpose(1, 2).flatten(2))

    reference.Attention.forward = forward


@misconception(
    _ATTENTION,
    hint="The heads were put together by a view alone: exchange heads and tokens back first.",
)
def heads_merged_by_view(reference: Any) -> None:
    def forward(self: Any, tokens: Tensor) -> Tensor:
        B, T, _ = tokens.shape
        q, k, v = self.to_qkv(tokens).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        return self.to_out((_plain(q, k) @ v).reshape(B, T, -1))

    reference.Attention.forward = forward


@misconception(_ATTENTION, hint="One head does the work of all: the features are not divided.")
def one_head(reference: Any) -> None:
    def forward(self: Any, tokens: Tensor) -> Tensor:
        q, k, v = self.to_qkv(tokens).chunk(3, dim=-1)
        return self.to_out((q @ k.mT / (q.shape[-1] / self.heads) ** 0.5).softmax(-1) @ v)

    reference.Attention.forward = forward


@misconception(_ATTENTION, hint="The bias of `to_out` is missing: call the layer.")
def output_bias_missing(reference: Any) -> None:
    _attention(reference, out=False)


def _patches(self: Any, images: Tensor, *order: int) -> Tensor:
    p = self.patch_size
    cells = images.unfold(2, p, p).unfold(3, p, p)  # (B, C, rows, columns, p, p)
    return cells.permute(*order).flatten(3).flatten(1, 2)


def _forward(
    reference: Any,
    cut: tuple[int, ...] = (0, 2, 3, 4, 5, 1),
    place: Callable[[Any, Tensor, Tensor], Tensor] | None = None,
    read: Callable[[Any, Tensor], Tensor] | None = None,
) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        tokens = self.to_patch_embedding(_patches(self, images, *cut))
        first = self.class_token.expand(len(images), -1, -1)
        if place:
            tokens = place(self, first, tokens)
        else:
            tokens = torch.cat([first, tokens], dim=1) + self.positions
        for block in self.blocks:
            tokens = block(self.dropout(tokens))
        return read(self, tokens) if read else self.head(self.norm(tokens)[:, 0])

    reference.ViT.forward = forward


@misconception(_FORWARD, hint="The patches come column by column; the top row comes first.")
def patches_by_column(reference: Any) -> None:
    _forward(reference, cut=(0, 3, 2, 4, 5, 1))


@misconception(_FORWARD, hint="Inside a patch the channel comes first; here it comes last.")
def patch_channel_first(reference: Any) -> None:
    _forward(reference, cut=(0, 2, 3, 1, 4, 5))


@misconception(_FORWARD, hint="Inside a patch rows and columns are exchanged.")
def patch_transposed(reference: Any) -> None:
    _forward(reference, cut=(0, 2, 3, 5, 4, 1))


@misconception(_FORWARD, hint="The class token stands behind the patches; it comes first.")
def class_token_at_the_end(reference: Any) -> None:
    _forward(
        reference,
        place=lambda self, first, tokens: torch.cat([tokens, first], dim=1) + self.positions,
        read=lambda self, tokens: self.head(self.norm(tokens)[:, -1]),
    )


@misconception(_FORWARD, hint="The positions are not added.")
def positions_left_out(reference: Any) -> None:
    _forward(reference, place=lambda self, first, tokens: torch.cat([first, tokens], dim=1))


@misconception(_FORWARD, hint="The class token has no position added to it.")
def class_token_has_no_position(reference: Any) -> None:
    _forward(
        reference,
        place=lambda self, first, tokens: torch.cat([first, tokens + self.positions[:, 1:]], dim=1),
    )


@misconception(_FORWARD, hint="The head gets the mean of all tokens; it gets the class token.")
def mean_of_all_tokens(reference: Any) -> None:
    _forward(reference, read=lambda self, tokens: self.head(self.norm(tokens).mean(dim=1)))


@misconception(_FORWARD, hint="The head gets the last token; it gets the class token, the first.")
def last_token_to_the_head(reference: Any) -> None:
    _forward(reference, read=lambda self, tokens: self.head(self.norm(tokens)[:, -1]))


@misconception(_FORWARD, hint="`norm` is missing before the head.")
def norm_left_out(reference: Any) -> None:
    _forward(reference, read=lambda self, tokens: self.head(tokens[:, 0]))


@misconception(_FORWARD, hint="Probabilities come out; the model returns logits.")
def softmax_at_the_end(reference: Any) -> None:
    _forward(reference, read=lambda self, tokens: self.head(self.norm(tokens)[:, 0]).softmax(-1))


@misconception(_FORWARD, hint="Only the first block is used.")
def only_the_first_block(reference: Any) -> None:
    def place(self: Any, first: Tensor, tokens: Tensor) -> Tensor:
        tokens = torch.cat([first, tokens], dim=1) + self.positions
        self.kept = self.blocks[0](tokens)
        return tokens

    _forward(reference, place=place, read=lambda self, _: self.head(self.norm(self.kept)[:, 0]))


def _model(**changed: int) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        sizes = {
            "image_size": 28,
            "patch_size": 4,
            "num_classes": 10,
            "dim": 64,
            "depth": 6,
            "heads": 4,
            "mlp_dim": 256,
            "channels": 1,
            **changed,
        }
        reference.fashion_vit = lambda dropout=0.0: reference.ViT(**sizes, dropout=dropout)

    return patch


@misconception(_MODEL, hint="The model has four layers; six are asked for.")
def four_layers(reference: Any) -> None:
    _model(depth=4)(reference)


@misconception(_MODEL, hint="The patches have 7 x 7 pixels; 4 x 4 are asked for.")
def patches_of_seven(reference: Any) -> None:
    _model(patch_size=7)(reference)


@misconception(_MODEL, hint="The heads have dim / heads features here; 64 each are asked for.")
def heads_share_the_features(reference: Any) -> None:
    _model(dim_head=16)(reference)


@misconception(_MODEL, hint="The model has eight heads; four are asked for.")
def eight_heads(reference: Any) -> None:
    _model(heads=8)(reference)


@misconception(_MODEL, hint="The network of a layer has 128 hidden units; 256 are asked for.")
def narrow_network(reference: Any) -> None:
    _model(mlp_dim=128)(reference)


@misconception(_COUNT, hint="Frozen parameters are counted, too.")
def vit_frozen_counted(reference: Any) -> None:
    reference.count_parameters = lambda model: sum(p.numel() for p in model.parameters())


@misconception(_COUNT, hint="Buffers are counted, too; they are not learnt.")
def vit_buffers_counted(reference: Any) -> None:
    right = reference.count_parameters
    reference.count_parameters = lambda model: (
        right(model) + sum(b.numel() for b in model.buffers())
    )


@misconception(_COUNT, hint="These are tensors, not numbers: each has many.")
def vit_tensors_counted(reference: Any) -> None:
    reference.count_parameters = lambda model: sum(p.requires_grad for p in model.parameters())
