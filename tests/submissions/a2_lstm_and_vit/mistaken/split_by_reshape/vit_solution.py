"""Heads are split by a view: positions and heads are mixed.

loses: vit_solution:MultiHeadedAttention.split_heads
"""


class MultiHeadedAttention:
    def split_heads(self, tensor):
        B, T, W = tensor.shape
        return tensor.view(B, self.num_heads, T, W // self.num_heads)
