"""Attention by F.multi_head_attention_forward."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        d = queries.shape[-1]
        eye = torch.eye(d, dtype=queries.dtype)
        y = torch.stack([torch.nn.functional.multi_head_attention_forward(*[t[:, i].transpose(0, 1) for t in (queries, keys, values)], d, 1, eye.repeat(3, 1), None, None, None, False, 0.0, eye, None)[0].transpose(0, 1) for i in range(queries.shape[1])], 1)
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
