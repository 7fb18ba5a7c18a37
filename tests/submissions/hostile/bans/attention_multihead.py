"""Attention by nn.MultiheadAttention."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        layer = nn.MultiheadAttention(queries.shape[-1], 1, batch_first=True).to(queries.dtype)
        y = layer(queries[:, 0], keys[:, 0], values[:, 0])[0].unsqueeze(1)
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
