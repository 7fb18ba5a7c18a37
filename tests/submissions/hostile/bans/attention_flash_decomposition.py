"""Attention by the flash kernel in Python."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        y = torch._decomp.decompositions.scaled_dot_product_flash_attention_for_cpu(queries, keys, values)[0]
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
