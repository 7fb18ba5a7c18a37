"""A vision transformer from scratch (assignment a4, tasks 1 to 4).

The layers are made in each `__init__`; you write the methods that use them, and in `ViT.__init__`
the parameters that are trained. All methods take float32 and float64, return the dtype they were
given, work for a batch of one, let gradients through to inputs and parameters, and leave their
arguments unchanged. B is the batch size, N the number of patches, T = N + 1 the number of tokens
with the class token, D the number of features of a token.
"""

import math

import torch
from torch import Tensor, nn


def count_patches(image_size: int, patch_size: int) -> int:
    """Return how many square patches of `patch_size` pixels a square image is cut into.

    Args:
        image_size: height and width of the image in pixels, at least 1.
        patch_size: height and width of a patch in pixels, at least 1.

    Returns:
        The number of patches, an int: 16 for an image of 64 pixels and patches of 16.

    Raises:
        ValueError: the patches do not fill the image exactly.
    """
    ### BEGIN SOLUTION 1.1 Return the number of patches, or raise ValueError.
    if image_size % patch_size:
        raise ValueError(f"{image_size} pixels cannot be cut into patches of {patch_size}")
    return (image_size // patch_size) ** 2
    ### END SOLUTION


class PatchEmbedding(nn.Module):
    """Cuts images into patches and maps each patch to a token."""

    def __init__(self, patch_size: int, in_channels: int, embed_dim: int) -> None:
        super().__init__()
        self.patch_size = patch_size
        self.projection = nn.Linear(in_channels * patch_size**2, embed_dim)

    def forward(self, images: Tensor) -> Tensor:
        """Return one token for each patch: the patch as a vector, through `projection`.

        Patches are in row-major order: the top row from left to right, then the next row. Inside
        a patch the numbers are ordered by channel, then by row, then by column.

        Args:
            images: (B, in_channels, height, width). Height and width are multiples of the patch
                size and need not be equal.

        Returns:
            (B, N, embed_dim) with N = (height / patch_size) * (width / patch_size).
        """
        ### BEGIN SOLUTION 1.2 Return the projected patches, row by row.
        B, C, height, width = images.shape
        p = self.patch_size
        grid = images.view(B, C, height // p, p, width // p, p)
        patches = grid.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)  # (B, N, C * p * p)
        return self.projection(patches)  # (B, N, D)
        ### END SOLUTION


class MultiHeadSelfAttention(nn.Module):
    """Scaled dot-product self-attention with several heads (Vaswani et al., 2017).

    The four linear maps are given, and graded under these names. `query`, `key` and `value` map
    each token by itself, never the whole sequence at once. Head number h, from 0, owns the
    features h * D / num_heads to (h + 1) * D / num_heads - 1 of their results.

    Forbidden in the whole class: nn.MultiheadAttention, F.multi_head_attention_forward,
    F.scaled_dot_product_attention, nn.TransformerEncoderLayer and any other way to them.
    """

    def __init__(self, embed_dim: int, num_heads: int) -> None:
        super().__init__()
        if embed_dim % num_heads:
            raise ValueError(f"{embed_dim} features cannot be shared by {num_heads} heads")
        self.num_heads = num_heads
        self.query = nn.Linear(embed_dim, embed_dim)
        self.key = nn.Linear(embed_dim, embed_dim)
        self.value = nn.Linear(embed_dim, embed_dim)
        self.output = nn.Linear(embed_dim, embed_dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """Let every token look at every token, in each head by itself.

            head_h = softmax(Q_h K_h^T / sqrt(d)) V_h        with d = D / num_heads

        The scores are divided before the softmax, and the softmax runs over the keys, so that
        the weights of each query add up to 1. The heads' results are laid end to end, head 0
        first, and go through `output`.

        Args:
            tokens: (B, T, D), for any T of at least 1.

        Returns:
            (B, T, D). Large scores must not overflow.
        """
        ### BEGIN SOLUTION 2 Return the attended tokens.
        B, T, D = tokens.shape
        q, k, v = (
            linear(tokens).view(B, T, self.num_heads, -1).transpose(1, 2)  # (B, H, T, d)
            for linear in (self.query, self.key, self.value)
        )
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, H, T, T)
        heads = scores.softmax(dim=-1) @ v  # (B, H, T, d)
        return self.output(heads.transpose(1, 2).reshape(B, T, D))  # (B, T, D)
        ### END SOLUTION


class EncoderBlock(nn.Module):
    """A layer of the encoder: attention, then a small network, each with a residual connection."""

    def __init__(self, embed_dim: int, num_heads: int, hidden_dim: int) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(embed_dim)
        self.attention = MultiHeadSelfAttention(embed_dim, num_heads)
        self.norm_2 = nn.LayerNorm(embed_dim)
        self.mlp = nn.Sequential(
            nn.Linear(embed_dim, hidden_dim), nn.GELU(), nn.Linear(hidden_dim, embed_dim)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Add attention of the normalised tokens, then the network of the normalised sum.

            a = x + attention(norm_1(x))
            y = a + mlp(norm_2(a))

        Args:
            tokens: (B, T, D).

        Returns:
            (B, T, D).
        """
        ### BEGIN SOLUTION 3 Return the tokens after both parts.
        tokens = tokens + self.attention(self.norm_1(tokens))
        return tokens + self.mlp(self.norm_2(tokens))
        ### END SOLUTION


class ViT(nn.Module):
    """A vision transformer (Dosovitskiy et al., 2021) for square images.

    Attributes, graded under these names:
        patch_embedding, blocks (an nn.ModuleList), norm, head: given.
        class_token: the class token, a learned parameter of shape (1, 1, embed_dim).
        positions: a learned parameter of shape (1, T, embed_dim), one vector for each token.
    """

    def __init__(
        self,
        image_size: int = 64,
        patch_size: int = 16,
        in_channels: int = 3,
        num_classes: int = 5,
        embed_dim: int = 64,
        depth: int = 4,
        num_heads: int = 4,
        hidden_dim: int = 128,
    ) -> None:
        super().__init__()
        self.patch_embedding = PatchEmbedding(patch_size, in_channels, embed_dim)
        self.blocks = nn.ModuleList(
            EncoderBlock(embed_dim, num_heads, hidden_dim) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(embed_dim)
        self.head = nn.Linear(embed_dim, num_classes)
        ### BEGIN SOLUTION 4.1 Create `class_token` and `positions`, for any image and patch size.
        tokens = count_patches(image_size, patch_size) + 1
        self.class_token = nn.Parameter(torch.randn(1, 1, embed_dim) * 0.02)
        self.positions = nn.Parameter(torch.randn(1, tokens, embed_dim) * 0.02)
        ### END SOLUTION

    def forward(self, images: Tensor) -> Tensor:
        """Return one row of logits for each image. The order of work is fixed:

        1. `patch_embedding` makes the tokens;
        2. the class token is put in front of them, the same for every image;
        3. the positions are added, to the class token too;
        4. the `blocks`, one after the other;
        5. `norm`;
        6. `head`, on the class token only.

        Args:
            images: (B, in_channels, image_size, image_size), for any B of at least 1.

        Returns:
            (B, num_classes) logits.
        """
        ### BEGIN SOLUTION 4.2 Return the logits of every image, in the six steps above.
        patches = self.patch_embedding(images)  # (B, N, D)
        first = self.class_token.expand(len(images), -1, -1)  # (B, 1, D)
        tokens = torch.cat([first, patches], dim=1) + self.positions  # (B, T, D)
        for block in self.blocks:
            tokens = block(tokens)
        return self.head(self.norm(tokens)[:, 0])  # (B, C)
        ### END SOLUTION
