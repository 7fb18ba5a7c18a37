"""Attention by a pattern of inductor."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        from torch._inductor.fx_passes.fuse_attention import _sfdp_pattern_1

        y = _sfdp_pattern_1(queries, keys, values, queries.shape[-1] ** 0.5)
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
