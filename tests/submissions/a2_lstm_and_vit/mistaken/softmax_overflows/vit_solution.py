"""Writes the softmax by hand and does not subtract the maximum.

loses: vit_solution:MultiHeadedAttention.get_attention_weights
"""


class MultiHeadedAttention:
    def get_attention_weights(self, queries, keys):
        x = torch.exp(queries @ keys.transpose(2, 3) / math.sqrt(self.head_size))
        return x / x.sum(dim=3, keepdim=True)
