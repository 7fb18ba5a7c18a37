"""An answer that rests on a variable of a training cell.

loses: main:self_attention
"""


def self_attention(x, query, key, value):
    q, k, v = query(x), key(x), value(x)
    return (q @ k.mT / config["scale"]).softmax(-1) @ v
