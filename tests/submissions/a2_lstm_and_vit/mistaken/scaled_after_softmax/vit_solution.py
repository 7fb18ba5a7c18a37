"""Scales the weights instead of the scores.

loses: vit_solution:MultiHeadedAttention.get_attention_weights
"""


class MultiHeadedAttention:
    def get_attention_weights(self, queries, keys):
        attention = torch.softmax(queries.matmul(keys.permute(0, 1, 3, 2)), -1)
        return attention / math.sqrt(self.head_size)
