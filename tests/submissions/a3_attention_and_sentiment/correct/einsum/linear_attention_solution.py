"""einsum, with the value 1 appended so that the sum of the weights comes along."""
import torch


def linear_attention(queries, keys, values):
    q, k = features(queries), features(keys)
    v = torch.cat([values, torch.ones_like(values[..., :1])], dim=-1)
    y = torch.einsum("btd,bde->bte", q, torch.einsum("bsd,bse->bde", k, v))
    return y[..., :-1] / y[..., -1:]


def causal_linear_attention(queries, keys, values):
    q, k = features(queries), features(keys)
    v = torch.cat([values, torch.ones_like(values[..., :1])], dim=-1)
    states = torch.cumsum(torch.einsum("bsd,bse->bsde", k, v), dim=1)
    y = torch.einsum("btd,btde->bte", q, states)
    return y[..., :-1] / y[..., -1:]
