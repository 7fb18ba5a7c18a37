"""The dot products as they are.

loses: linear_attention_solution:linear_attention
"""


def linear_attention(queries, keys, values):
    return queries @ (keys.mT @ values) / (queries * keys.sum(1, keepdim=True)).sum(2, keepdim=True)
