"""The right values the long way: all T x T weights.

loses: linear_attention_solution:linear_attention
"""


def linear_attention(queries, keys, values):
    weights = features(queries) @ features(keys).transpose(1, 2)
    return weights @ values / weights.sum(2, keepdim=True)
