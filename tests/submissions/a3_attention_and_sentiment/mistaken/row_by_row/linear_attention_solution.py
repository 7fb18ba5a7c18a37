"""The right values, a row of weights at a time: still T * T of them.

loses: linear_attention_solution:linear_attention
"""


def linear_attention(queries, keys, values):
    q, k = features(queries), features(keys)
    rows = []
    for t in range(q.shape[1]):
        weights = (q[:, t : t + 1] * k).sum(2, keepdim=True)
        rows.append((weights * values).sum(1) / weights.sum(1))
    import torch
    return torch.stack(rows, dim=1)
