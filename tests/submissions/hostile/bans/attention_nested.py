"""Attention by jagged tensors."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        parts = [torch.nested.nested_tensor(list(t.transpose(1, 2)), layout=torch.jagged).transpose(1, 2) for t in (queries, keys, values)]
        y = torch.stack(list(torch.nn.functional.scaled_dot_product_attention(*parts).transpose(1, 2).unbind())).transpose(1, 2)
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
