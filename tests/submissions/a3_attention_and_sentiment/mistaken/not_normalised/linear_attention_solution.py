"""No division.

loses: linear_attention_solution:linear_attention
"""


def linear_attention(queries, keys, values):
    q, k = features(queries), features(keys)
    return q @ (k.transpose(1, 2) @ values)
