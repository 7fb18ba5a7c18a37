"""Takes d for the length of the sequence.

loses: vit_solution:MultiHeadedAttention.get_attention_weights
"""


class MultiHeadedAttention:
    def get_attention_weights(self, queries, keys):
        d = queries.shape[2]
        return ((queries @ keys.mT) / d**0.5).softmax(-1)
