"""scaled_dot_product_attention, by another name.

loses: main:self_attention
"""

from torch.nn.functional import scaled_dot_product_attention as plain_arithmetic


def self_attention(x, query, key, value):
    return plain_arithmetic(query(x), key(x), value(x))
