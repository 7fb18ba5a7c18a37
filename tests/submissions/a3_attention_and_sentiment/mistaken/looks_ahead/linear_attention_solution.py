"""The causal one forgets that it is.

loses: linear_attention_solution:causal_linear_attention
"""


def causal_linear_attention(queries, keys, values):
    return linear_attention(queries, keys, values)
