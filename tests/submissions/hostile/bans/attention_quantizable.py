"""Attention by the quantizable layer."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        layer = torch.ao.nn.quantizable.MultiheadAttention(queries.shape[-1], 1)
        y = layer._forward_impl(queries[0], keys[0], values[0])[0]
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
