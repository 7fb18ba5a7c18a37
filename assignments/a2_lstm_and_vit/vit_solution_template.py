"""A Vision Transformer built from its parts (assignment a2, problem 2).

Every `__init__`, `PostNormAttentionBlock` and `LayerNorm.reset_parameters` are given. You write the
other methods, and add the projections to `MultiHeadedAttention.__init__`.

All methods take float32 and float64, return the dtype they were given, work for a batch of one, let
gradients through to their inputs and parameters, and leave their arguments unchanged. B is the
batch size. What no docstring forbids is allowed, einops included.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LayerNorm(nn.Module):
    """Layer normalisation (Ba, Kiros and Hinton, 2016, arXiv:1607.06450)."""

    def __init__(self, hidden_size: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.eps = eps
        self.weight = nn.Parameter(torch.empty(hidden_size))
        self.bias = nn.Parameter(torch.empty(hidden_size))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start as the plain normalisation: every weight one, every bias zero."""
        nn.init.ones_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise each vector on the last axis, then scale and shift it.

            y = (x - E[x]) / sqrt(Var[x] + eps) * weight + bias

        E and Var are taken over the last axis alone, each vector by itself. Var is the biased
        variance: the sum of the squared deviations divided by n, not by n - 1.

        Args:
            inputs: (..., hidden_size), with one or more axes in all.

        Returns:
            The shape of `inputs`. A constant vector gives `bias`, never NaN.

        Forbidden: nn.LayerNorm, F.layer_norm, torch.layer_norm, torch.native_layer_norm and
            any other way to them; also the batch, group, instance and RMS norms of PyTorch.
        Graded: values and gradients, for any `eps`, `weight` and `bias`.
        """
        # TODO 2.1: Return the normalised, scaled and shifted inputs.
        raise NotImplementedError("TODO 2.1")


class MultiHeadedAttention(nn.Module):
    """Multi-head scaled dot-product self-attention (Vaswani et al., 2017, arXiv:1706.03762).

    H is `num_heads`, D is `head_size`, T is `sequence_length`. Sequences always have the length T
    given here: there is no padding and no mask, and every position attends to every position.

    Forbidden in the whole class: nn.MultiheadAttention, F.multi_head_attention_forward,
    F.scaled_dot_product_attention, nn.TransformerEncoderLayer and every other ready-made or fused
    attention or encoder layer.
    """

    def __init__(self, head_size: int, num_heads: int, sequence_length: int) -> None:
        """Create the affine maps W_Q, b_Q, W_K, b_K, W_V, b_V, W_O and b_O used by `forward`.

        Each of the four maps takes vectors of H*D numbers to vectors of H*D numbers and has a bias.
        Names, arrangement (apart or fused, modules or raw parameters) and initial values are
        yours. Everything learnable must be registered as a parameter, here in `__init__`.

        Graded: the number of learnable parameters, which is that of the four maps and no more.
        """
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length

        # TODO 2.5: Create the learnable maps that forward needs.

    def split_heads(self, tensor: Tensor) -> Tensor:
        """Cut each vector into H consecutive pieces, one per head, and bring the heads forward.

        For y = split_heads(x):  y[0, 1, 2, 3] = x[0, 2, dim * 1 + 3].

        Args:
            tensor: (B, T, H * dim). Here `dim` is any positive number, not only D.

        Returns:
            (B, H, T, dim).

        Graded: values and gradients, and that `merge_heads` takes them back.
        """
        # TODO 2.2: Return the vectors cut into heads.
        raise NotImplementedError("TODO 2.2")

    def merge_heads(self, tensor: Tensor) -> Tensor:
        """Join the pieces of all heads into one vector again: the exact inverse of `split_heads`.

        For x = merge_heads(y):  x[0, 1, dim * 2 + 3] = y[0, 2, 1, 3].

        Args:
            tensor: (B, H, T, dim), for any positive `dim`.

        Returns:
            (B, T, H * dim).

        Graded: values and gradients, and that `split_heads` takes them back.
        """
        # TODO 2.2: Return the heads joined into vectors.
        raise NotImplementedError("TODO 2.2")

    def get_attention_weights(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Say how much each position attends to each other position, in every head.

            A_i = softmax(q_i k_i^T / sqrt(D))

        Entry [b, i, t, s] is the weight that query t gives to key s in head i of sequence b: every
        row sums to one over s, its last axis.

        Args:
            queries: (B, H, T, D).
            keys: (B, H, T, D).

        Returns:
            (B, H, T, T).

        Graded: values and gradients; the result is right and finite also where the scores
            are in the thousands.
        """
        # TODO 2.3: Return the attention weights of all heads at once.
        raise NotImplementedError("TODO 2.3")

    def apply_attention(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Average the values by the attention weights, and join the heads.

            h_i = A_i v_i,    the result is concat(h_1, ..., h_H)

        Args:
            queries: (B, H, T, D).
            keys: (B, H, T, D).
            values: (B, H, T, D).

        Returns:
            (B, T, H * D): already merged, before the output map W_O.

        Graded: values and gradients. You may call your other methods or not.
        """
        # TODO 2.4: Return the attended values, with the heads joined.
        raise NotImplementedError("TODO 2.4")

    def forward(self, hidden_states: Tensor) -> Tensor:
        """Let the positions of each sequence attend to one another.

        Written for row vectors, with X = `hidden_states` as queries, keys and values:

            [q_1, ..., q_H] = X W_Q + b_Q,   and k_i, v_i likewise from W_K, b_K and W_V, b_V
            the result is apply_attention(q, k, v) W_O + b_O

        Args:
            hidden_states: (B, T, H * D).

        Returns:
            (B, T, H * D).

        Graded: that the result is this formula in your own learnable parameters, with gradients
            to them and to `hidden_states`. You may call your other methods or not.
        """
        # TODO 2.5: Return the output of multi-head self-attention.
        raise NotImplementedError("TODO 2.5")


class PostNormAttentionBlock(nn.Module):
    """The block of the original transformer: each norm comes after the residual sum. Given.

    `embed_dim` is the width of a token; it is divisible by `num_heads`.
    """

    def __init__(
        self,
        embed_dim: int,
        hidden_dim: int,
        num_heads: int,
        sequence_length: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.layer_norm_1 = LayerNorm(embed_dim)
        self.attn = MultiHeadedAttention(embed_dim // num_heads, num_heads, sequence_length)
        self.layer_norm_2 = LayerNorm(embed_dim)
        self.linear = nn.Sequential(
            nn.Linear(embed_dim, hidden_dim),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_dim, embed_dim),
            nn.Dropout(dropout),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Map tokens (B, T, embed_dim) to tokens of the same shape."""
        attended: Tensor = self.layer_norm_1(inputs + self.attn(inputs))
        outputs: Tensor = self.layer_norm_2(attended + self.linear(attended))
        return outputs


class PreNormAttentionBlock(nn.Module):
    """The same four parts with each norm before its layer (Xiong et al., 2020, arXiv:2002.04745).

    `embed_dim` is the width of a token; it is divisible by `num_heads`.
    """

    def __init__(
        self,
        embed_dim: int,
        hidden_dim: int,
        num_heads: int,
        sequence_length: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.layer_norm_1 = LayerNorm(embed_dim)
        self.attn = MultiHeadedAttention(embed_dim // num_heads, num_heads, sequence_length)
        self.layer_norm_2 = LayerNorm(embed_dim)
        self.linear = nn.Sequential(
            nn.Linear(embed_dim, hidden_dim),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_dim, embed_dim),
            nn.Dropout(dropout),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Apply attention and then the feed-forward part, each inside a residual connection.

        The first norm stands directly before the attention and the second directly before the
        feed-forward part, inside the branch; no norm stands on the residual path (figure 1b of the
        paper). The attention and the feed-forward part are used once each.

        Args:
            inputs: (B, sequence_length, embed_dim).

        Returns:
            (B, sequence_length, embed_dim).

        Graded: values and gradients, through `layer_norm_1`, `attn`, `layer_norm_2` and `linear`.
        """
        # TODO 2.7: Return the output of the pre-norm block.
        raise NotImplementedError("TODO 2.7")


class VisionTransformer(nn.Module):
    """A small Vision Transformer (Dosovitskiy et al., 2020, arXiv:2010.11929).

    `num_patches` is the number N of patches of an image, and so fixes the position table: one row
    for the class token and N for the patches. Images always have exactly N patches. The head is the
    one linear layer of the handout: no norm stands between the last block and it, for either
    `block`.
    """

    def __init__(
        self,
        embed_dim: int = 256,
        hidden_dim: int = 512,
        num_channels: int = 3,
        num_heads: int = 8,
        num_layers: int = 4,
        num_classes: int = 10,
        patch_size: int = 4,
        num_patches: int = 64,
        block: str = "prenorm",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.patch_size = patch_size
        blocks = {"prenorm": PreNormAttentionBlock, "postnorm": PostNormAttentionBlock}
        num_tokens = 1 + num_patches

        self.input_layer = nn.Linear(num_channels * patch_size**2, embed_dim)
        self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, embed_dim))
        self.pos_embedding = nn.Parameter(0.02 * torch.randn(1, num_tokens, embed_dim))
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            blocks[block](embed_dim, hidden_dim, num_heads, num_tokens, dropout)
            for _ in range(num_layers)
        )
        self.classifier = nn.Linear(embed_dim, num_classes)

    def get_patches(self, image: Tensor, patch_size: int, flatten_channels: bool = True) -> Tensor:
        """Cut images into square patches that do not overlap.

        The N = (height / p) * (width / p) patches, with p = `patch_size`, come row by row: from
        left to right, then from top to bottom. Inside a patch the channel comes first, then the
        row, then the column, as in the image.

        Args:
            image: (B, C, height, width), for any C and any height and width divisible by p; they
                may differ from each other and from what the constructor was given.
            patch_size: p, in pixels; it may differ from `self.patch_size`.
            flatten_channels: whether each patch becomes one vector.

        Returns:
            (B, N, C * p * p), or (B, N, C, p, p) when `flatten_channels` is False.

        Graded: values and gradients.
        """
        # TODO 2.6: Return the patches of the images.
        raise NotImplementedError("TODO 2.6")

    def forward(self, image: Tensor) -> Tensor:
        """Return the class scores of images.

        In this order: patches of size `self.patch_size` (flattened), `input_layer`; the class token
        is put in front as token 0; the position embedding is added to all tokens; dropout; the
        blocks in `layers`, first to last; `classifier` on token 0 alone.

        Args:
            image: (B, num_channels, height, width) with `num_patches` patches.

        Returns:
            (B, num_classes), logits: no softmax.

        Graded: values and gradients for both kinds of block; dropout where it is named above, in
            training mode alone. You may call your `get_patches` or not.
        """
        # TODO 2.8: Return the logits, by way of the class token.
        raise NotImplementedError("TODO 2.8")

    def loss(self, preds: Tensor, labels: Tensor) -> Tensor:
        """Return the cross-entropy of the predictions, averaged over the batch.

            L = -1/B sum_b log softmax(preds[b])[labels[b]]

        Args:
            preds: (B, num_classes), logits, as `forward` returns them.
            labels: (B,), int64, each from 0 to num_classes - 1.

        Returns:
            A tensor without axes, shape (), that gradients flow through.

        Allowed: F.cross_entropy, nn.CrossEntropyLoss, F.nll_loss and the like.
        Graded: values and gradients, also for logits in the thousands.
        """
        # TODO 2.9: Return the mean cross-entropy of the mini-batch.
        raise NotImplementedError("TODO 2.9")
