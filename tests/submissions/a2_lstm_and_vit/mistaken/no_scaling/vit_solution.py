"""The scores are not divided by anything.

loses: vit_solution:MultiHeadedAttention.get_attention_weights
"""


class MultiHeadedAttention:
    def get_attention_weights(self, queries, keys):
        return nn.functional.softmax(queries @ keys.transpose(-1, -2), dim=-1)
