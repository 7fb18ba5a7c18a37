"""Keys and values change places.

loses: vit_solution:MultiHeadedAttention.apply_attention
"""


class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        attention = self.get_attention_weights(queries, values)
        return self.merge_heads(torch.matmul(attention, keys))
