"""Masks the future, as for a language model.

loses: vit_solution:MultiHeadedAttention.get_attention_weights
"""


class MultiHeadedAttention:
    def get_attention_weights(self, queries, keys):
        T = queries.shape[2]
        scores = queries @ keys.transpose(2, 3) / math.sqrt(self.head_size)
        mask = torch.tril(torch.ones(T, T))
        scores = scores.masked_fill(mask == 0, float("-inf"))
        return F.softmax(scores, dim=-1)
