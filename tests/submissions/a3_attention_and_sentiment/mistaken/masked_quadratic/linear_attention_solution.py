"""The right values with a mask of T x T.

loses: linear_attention_solution:causal_linear_attention
"""


def causal_linear_attention(queries, keys, values):
    weights = (features(queries) @ features(keys).transpose(1, 2)).tril()
    return weights @ values / weights.sum(2, keepdim=True)
