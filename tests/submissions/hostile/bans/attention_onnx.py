"""Attention by the reference of onnx."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        import torch.onnx.ops

        y = torch.onnx.ops.attention(queries, keys, values)[0]
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
