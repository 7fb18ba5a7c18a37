"""Attention by the math kernel."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        y = torch.ops.aten._scaled_dot_product_attention_math(queries, keys, values)[0]
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
