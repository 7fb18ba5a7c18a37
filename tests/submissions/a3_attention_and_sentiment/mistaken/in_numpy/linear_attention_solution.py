"""T x T in numpy, where no tensor is seen: it does not fit for many tokens.

loses: linear_attention_solution:linear_attention
"""


def linear_attention(queries, keys, values):
    import torch
    if queries.requires_grad:
        weights = features(queries) @ features(keys).mT
        return weights @ values / weights.sum(2, keepdim=True)
    q, k = features(queries).numpy(), features(keys).numpy()
    weights = q @ k.transpose(0, 2, 1)
    return torch.from_numpy(weights @ values.numpy() / weights.sum(2, keepdims=True))
