"""Self-attention in einsum (assignment a4, extra credit, task 5)."""

import math

import torch
from torch import Tensor, nn


class EinsumSelfAttention(nn.Module):
    """The attention of task 2 once more, its products written with torch.einsum.

    The four linear maps are given, and graded under these names. Head number h, from 0, owns the
    features h * D / num_heads to (h + 1) * D / num_heads - 1 of the results of the first three.

    Required: torch.einsum (or einops.einsum) for both products. Forbidden in this file, beside what
    task 2 forbids: `@`, matmul, mm, bmm, addmm, baddbmm, mv, dot, inner, outer and tensordot, as
    functions, as methods and as names in strings. The linear maps may be called. The file stands
    by itself: it cannot import the other one.
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
        """Return what `MultiHeadSelfAttention.forward` returns, with the same four maps.

        Args:
            tokens: (B, T, D), for any T of at least 1.

        Returns:
            (B, T, D).
        """
        # TODO 5: Return the attended tokens; write both products with torch.einsum.
        raise NotImplementedError("TODO 5")
