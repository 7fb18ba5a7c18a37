"""Attention by torchvision's window attention."""

class MultiHeadedAttention:
    def apply_attention(self, queries, keys, values):
        from torchvision.models.swin_transformer import shifted_window_attention

        y = shifted_window_attention(queries, torch.eye(3), torch.eye(3), None, [1, 1], 1, [0, 0])
        return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)
