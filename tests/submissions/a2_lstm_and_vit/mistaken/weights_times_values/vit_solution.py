"""Multiplies weights and values element by element.

loses: vit_solution:MultiHeadedAttention.apply_attention
"""


class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        weights = self.get_attention_weights(queries, keys)
        return self.merge_heads(weights.sum(-1, keepdim=True) * values)
