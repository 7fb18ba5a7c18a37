"""Attention by the higher-order operator in Python."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        from torch._higher_order_ops.flex_attention import sdpa_dense

        block = (5, 5, *[torch.ones(1, 1, 1, dtype=torch.int32)] * 8, 128, 128, None)
        y = sdpa_dense(queries, keys, values, lambda s, *_: s, block, queries.shape[-1] ** -0.5, {})[0]
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
