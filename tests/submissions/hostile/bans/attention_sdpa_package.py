"""Attention by transformers' sdpa."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        y = sdpa_attention_forward(nn.Module(), queries, keys, values, None)[0].transpose(1, 2)
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
