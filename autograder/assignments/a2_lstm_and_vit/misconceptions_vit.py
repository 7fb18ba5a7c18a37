"""Known mistakes in the Vision Transformer's forward pass and loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.kit.mistakes import misconception

_VIT = "vit_solution:VisionTransformer"


# --- 2.8 the Vision Transformer: token by token, with one step another way ------------------------

_FORWARD = f"{_VIT}.forward"


def _forward(
    reference: Any,
    tokens_of: Callable[[Any, Tensor, Tensor], Tensor] | None = None,
    head_of: Callable[[Tensor], Tensor] = lambda tokens: tokens[:, 0],
) -> None:
    """Replace VisionTransformer.forward.

    tokens_of  (model, class tokens (B, 1, D), patch tokens (B, N, D)) -> tokens with positions
    head_of    tokens after the blocks -> what the classifier gets
    """

    def with_positions(self: Any, cls: Tensor, tokens: Tensor) -> Tensor:
        return torch.cat([cls, tokens], 1) + self.pos_embedding

    def forward(self: Any, image: Tensor) -> Any:
        patches = self.input_layer(self.get_patches(image, self.patch_size))
        cls = self.cls_token.expand(len(image), -1, -1)
        tokens = self.dropout((tokens_of or with_positions)(self, cls, patches))
        for layer in self.layers:
            tokens = layer(tokens)
        return self.classifier(head_of(tokens))

    reference.VisionTransformer.forward = forward


@misconception(_FORWARD, hint="The class token is put at the end; it comes first, as token 0.")
def class_token_appended(reference: Any) -> None:
    _forward(reference, lambda self, cls, x: torch.cat([x, cls], 1) + self.pos_embedding)


@misconception(
    _FORWARD,
    hint="The class token is put at the end, and read there. It comes first, as token 0: the "
    "position embedding counts from it.",
)
def class_token_last(reference: Any) -> None:
    _forward(
        reference,
        lambda self, cls, x: torch.cat([x, cls], 1) + self.pos_embedding,
        lambda tokens: tokens[:, -1],
    )


@misconception(
    _FORWARD, hint="The head gets the mean of all tokens; it gets the class token, token 0."
)
def head_on_the_mean(reference: Any) -> None:
    _forward(reference, head_of=lambda tokens: tokens.mean(1))


@misconception(_FORWARD, hint="The head gets the last token; it gets the class token, token 0.")
def head_on_the_last_token(reference: Any) -> None:
    _forward(reference, head_of=lambda tokens: tokens[:, -1])


@misconception(
    _FORWARD,
    hint="The class token has no position: the embedding is added before the token is put in "
    "front. It has one row for each token, the class token's first.",
)
def positions_before_the_class_token(reference: Any) -> None:
    _forward(reference, lambda self, cls, x: torch.cat([cls, x + self.pos_embedding[:, 1:]], 1))


@misconception(
    _FORWARD,
    hint="The class token has no position, and the patches have the positions of their "
    "neighbours: put the token in front first, then add the whole embedding.",
)
def positions_shifted(reference: Any) -> None:
    _forward(reference, lambda self, cls, x: torch.cat([cls, x + self.pos_embedding[:, :-1]], 1))


@misconception(_FORWARD, hint="The position embedding is not added.")
def positions_missing(reference: Any) -> None:
    _forward(reference, lambda self, cls, x: torch.cat([cls, x], 1))


@misconception(
    _FORWARD,
    hint="The class token is made anew, not learned: use self.cls_token, for each image of the "
    "batch.",
)
def class_token_constant(reference: Any) -> None:
    _forward(
        reference,
        lambda self, cls, x: torch.cat([torch.zeros_like(cls), x], 1) + self.pos_embedding,
    )


@misconception(
    _FORWARD,
    hint="Only the first image's class token reaches the head. Take token 0 of every image.",
)
def first_image_for_all(reference: Any) -> None:
    _forward(reference, head_of=lambda tokens: tokens[:1, 0].expand(len(tokens), -1))


@misconception(
    _FORWARD, hint="Probabilities are returned; the docstring asks for logits, without softmax."
)
def vit_softmax_returned(reference: Any) -> None:
    right = reference.VisionTransformer.forward
    reference.VisionTransformer.forward = lambda self, image: right(self, image).softmax(-1)


@misconception(_FORWARD, hint="The blocks are not used.")
def blocks_missing(reference: Any) -> None:
    def forward(self: Any, image: Tensor) -> Any:
        patches = self.input_layer(self.get_patches(image, self.patch_size))
        tokens = torch.cat([self.cls_token.expand(len(image), -1, -1), patches], 1)
        return self.classifier(self.dropout(tokens + self.pos_embedding)[:, 0])

    reference.VisionTransformer.forward = forward


@misconception(_FORWARD, hint="Only the first block is used; go through all of self.layers.")
def first_block_only(reference: Any) -> None:
    right = reference.VisionTransformer.forward

    def forward(self: Any, image: Tensor) -> Any:
        kept = self.layers
        self.layers = kept[:1]
        try:
            return right(self, image)
        finally:
            self.layers = kept

    reference.VisionTransformer.forward = forward


@misconception(_FORWARD, hint="Dropout is not applied to the tokens: self.dropout is not used.")
def dropout_missing(reference: Any) -> None:
    def forward(self: Any, image: Tensor) -> Any:
        patches = self.input_layer(self.get_patches(image, self.patch_size))
        tokens = torch.cat([self.cls_token.expand(len(image), -1, -1), patches], 1)
        tokens = tokens + self.pos_embedding
        for layer in self.layers:
            tokens = layer(tokens)
        return self.classifier(tokens[:, 0])

    reference.VisionTransformer.forward = forward


# --- 2.9 its loss -------------------------------------------------------------------------------

_LOSS = f"{_VIT}.loss"


def _loss(reference: Any, rule: Callable[[Tensor, Tensor], Tensor]) -> None:
    reference.VisionTransformer.loss = lambda self, preds, labels: rule(preds, labels)


@misconception(
    _LOSS, hint="The logits are put through a softmax before the cross-entropy, which has its own."
)
def softmax_twice(reference: Any) -> None:
    _loss(reference, lambda preds, labels: F.cross_entropy(preds.softmax(-1), labels))


@misconception(
    _LOSS, hint="nll_loss expects log-probabilities; these are logits. Normalise them first."
)
def nll_of_logits(reference: Any) -> None:
    _loss(reference, lambda preds, labels: F.nll_loss(preds, labels))


@misconception(_LOSS, hint="nll_loss expects log-probabilities; these are probabilities.")
def nll_of_probabilities(reference: Any) -> None:
    _loss(reference, lambda preds, labels: F.nll_loss(preds.softmax(-1), labels))


@misconception(_LOSS, hint="The batch is summed; the loss is its mean.")
def loss_summed(reference: Any) -> None:
    _loss(reference, lambda preds, labels: F.cross_entropy(preds, labels, reduction="sum"))


@misconception(_LOSS, hint="One loss per image is returned; the loss is the mean of the batch.")
def loss_not_reduced(reference: Any) -> None:
    _loss(reference, lambda preds, labels: F.cross_entropy(preds, labels, reduction="none"))


@misconception(
    _LOSS, hint="log(softmax(x)) becomes log(0) for large logits. Use the function that does both."
)
def loss_overflows(reference: Any) -> None:
    _loss(reference, lambda preds, labels: F.nll_loss(preds.softmax(-1).log(), labels))


@misconception(_LOSS, hint="The sign is flipped: the loss is the negative log-likelihood.")
def vit_sign_flipped(reference: Any) -> None:
    _loss(reference, lambda preds, labels: -F.cross_entropy(preds, labels))
