"""Divided by sqrt(N), the sequence length, as the source's formula says.

loses: main:self_attention
"""


def self_attention(x, query, key, value):
    q, k, v = query(x), key(x), value(x)
    return (q @ k.mT / math.sqrt(x.shape[1])).softmax(-1) @ v
