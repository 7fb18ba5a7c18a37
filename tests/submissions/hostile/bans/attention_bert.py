"""Attention by transformers' attention."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        from transformers.models.bert.modeling_bert import eager_attention_forward

        y = eager_attention_forward(nn.Module(), queries, keys, values, None, queries.shape[-1] ** -0.5)[0].transpose(1, 2)
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
