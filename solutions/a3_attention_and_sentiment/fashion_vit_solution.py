"""A vision transformer for FashionMNIST (assignment a3, task 4).

The layers are made in each `__init__`; you write the methods that use them. All methods take
float32 and float64, return the dtype they were given, work for a batch of one, let gradients
through to inputs and parameters, and leave their arguments unchanged. B is the batch size, N the
number of patches, T = N + 1 the number of tokens with the class token, D the number of features of
a token, H the number of heads, d the number of features of a head. H * d need not be D.
"""

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Self-attention whose queries, keys and values come out of one linear map.

    Forbidden in the whole class: nn.MultiheadAttention, F.multi_head_attention_forward,
    F.scaled_dot_product_attention, nn.TransformerEncoderLayer and any other way to them.
    """

    def __init__(self, dim: int, heads: int, dim_head: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(dim, 3 * heads * dim_head, bias=False)
        self.to_out = nn.Sequential(nn.Linear(heads * dim_head, dim), nn.Dropout(dropout))

    def forward(self, tokens: Tensor) -> Tensor:
        """Let every token look at every token, in each head by itself.

            head_h = softmax(Q_h K_h^T / sqrt(d)) V_h

        The result of `to_qkv` holds all queries, then all keys, then all values, H * d features
        each; head number h, from 0, owns the features h * d to (h + 1) * d - 1 of each third. The
        heads' results are laid end to end, head 0 first, and go through `to_out`.

        Args:
            tokens: (B, T, D), for any T of at least 1.

        Returns:
            (B, T, D). Large scores must not overflow.
        """
        ### BEGIN SOLUTION 4.1 Return the attended tokens.
        B, T, _ = tokens.shape
        qkv = self.to_qkv(tokens).view(B, T, 3, self.heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # (B, H, T, d) each
        scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5  # (B, H, T, T)
        heads = scores.softmax(dim=-1) @ v  # (B, H, T, d)
        return self.to_out(heads.transpose(1, 2).flatten(2))  # (B, T, D)
        ### END SOLUTION


class Block(nn.Module):
    """A layer of the encoder: attention, then a small network, each after its norm."""

    def __init__(
        self, dim: int, heads: int, dim_head: int, mlp_dim: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = Attention(dim, heads, dim_head, dropout)
        self.mlp_norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(
            nn.Linear(dim, mlp_dim), nn.GELU(), nn.Dropout(dropout),
            nn.Linear(mlp_dim, dim), nn.Dropout(dropout),
        )  # fmt: skip

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, D): x + attention(norm(x)), and the same with the network."""
        tokens = tokens + self.attention(self.attention_norm(tokens))
        return tokens + self.mlp(self.mlp_norm(tokens))


def sines(side: int, dim: int) -> Tensor:
    """Where the learned positions begin: waves of several lengths over the grid of patches. Given.

    Returns:
        (side * side, dim), in row-major order: sines and cosines of the row and of the column, so
        that neighbours are alike from the first step on.
    """
    waves = 20.0 ** -torch.linspace(0, 1, -(-dim // 4))  # a quarter of the features each
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    row, column = (axis.reshape(-1, 1) * waves for axis in (rows, columns))
    return torch.cat([row.sin(), row.cos(), column.sin(), column.cos()], dim=1)[:, :dim]


class ViT(nn.Module):
    """A vision transformer (Dosovitskiy et al., 2021) for square images.

    Attributes, graded under these names:
        patch_size: height and width of a patch in pixels.
        to_patch_embedding: maps a patch, a vector of channels * patch_size^2 numbers, to a token.
        class_token (1, 1, dim), positions (1, T, dim): learned parameters.
        dropout, blocks (an nn.ModuleList), norm, head.

    Raises:
        ValueError: the patches do not fill the image.
    """

    def __init__(
        self,
        *,
        image_size: int,
        patch_size: int,
        num_classes: int,
        dim: int,
        depth: int,
        heads: int,
        mlp_dim: int,
        channels: int = 3,
        dim_head: int = 64,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if image_size % patch_size:
            raise ValueError(f"{image_size} pixels cannot be cut into patches of {patch_size}")
        tokens = (image_size // patch_size) ** 2 + 1
        self.patch_size = patch_size
        self.to_patch_embedding = nn.Linear(channels * patch_size**2, dim)
        self.class_token = nn.Parameter(torch.randn(1, 1, dim) * 0.02)
        self.positions = nn.Parameter(torch.zeros(1, tokens, dim))
        self.positions.data[0, 1:] = sines(image_size // patch_size, dim)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            Block(dim, heads, dim_head, mlp_dim, dropout) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return one row of logits for each image. The order of work is fixed:

        1. cut the images into patches, the top row from left to right, then the next row; inside a
           patch the numbers are ordered by row, then by column, then by channel;
        2. `to_patch_embedding` makes the tokens;
        3. the class token is put in front, the positions are added to all, then comes `dropout`;
        4. the `blocks`, one after the other;
        5. `norm`, and `head` on the class token only.

        Args:
            images: (B, channels, image_size, image_size), for any B of at least 1.

        Returns:
            (B, num_classes) logits.
        """
        ### BEGIN SOLUTION 4.2 Return the logits of every image, in the five steps above.
        p = self.patch_size
        cells = images.unfold(2, p, p).unfold(3, p, p)  # (B, C, rows, columns, p, p)
        patches = cells.permute(0, 2, 3, 4, 5, 1).flatten(3).flatten(1, 2)  # (B, N, p * p * C)
        first = self.class_token.expand(len(images), -1, -1)  # (B, 1, D)
        tokens = torch.cat([first, self.to_patch_embedding(patches)], dim=1)  # (B, T, D)
        tokens = self.dropout(tokens + self.positions)
        for block in self.blocks:
            tokens = block(tokens)
        return self.head(self.norm(tokens)[:, 0])  # (B, num_classes)
        ### END SOLUTION


def fashion_vit(dropout: float = 0.0) -> ViT:
    """Return the model of the exercise for FashionMNIST: grey images of 28 x 28, ten classes.

    Patches of 4 x 4 pixels, 6 layers, 4 heads of 64 features, tokens of 64 features, a network of
    256 hidden units in every layer.
    """
    ### BEGIN SOLUTION 4.3 Return the model.
    images = {"image_size": 28, "patch_size": 4, "channels": 1, "num_classes": 10}
    return ViT(**images, dim=64, depth=6, heads=4, dim_head=64, mlp_dim=256, dropout=dropout)
    ### END SOLUTION


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers of the model are trained: those of parameters that require grad."""
    ### BEGIN SOLUTION 4.4 Return the number.
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
    ### END SOLUTION
