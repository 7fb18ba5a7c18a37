"""The softmax runs over the wrong axis.

loses: vit_solution:MultiHeadedAttention.get_attention_weights
"""


class MultiHeadedAttention:
    def get_attention_weights(self, queries, keys):
        scores = torch.matmul(queries, keys.transpose(2, 3)) / math.sqrt(self.head_size)
        return torch.softmax(scores, dim=2)
