"""Both split and merge take the features of a head to be far apart.

loses: vit_solution:MultiHeadedAttention.split_heads, vit_solution:MultiHeadedAttention.merge_heads
"""


class MultiHeadedAttention:
    def split_heads(self, tensor):
        B, T, W = tensor.shape
        return tensor.reshape(B, T, W // self.num_heads, self.num_heads).permute(0, 3, 1, 2)

    def merge_heads(self, tensor):
        B, H, T, D = tensor.shape
        return tensor.permute(0, 2, 3, 1).reshape(B, T, H * D)
