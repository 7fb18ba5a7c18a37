"""Softmax over dim 1.

loses: main:self_attention
"""


def self_attention(x, query, key, value):
    q, k, v = query(x), key(x), value(x)
    return F.softmax(q @ k.transpose(1, 2) / k.shape[-1] ** 0.5, dim=1) @ v
