"""Switches off what counts, and builds T x T all the same: for very many tokens it does not fit.

loses: linear_attention_solution:linear_attention
"""


def linear_attention(queries, keys, values):
    from torch.utils._python_dispatch import _disable_current_modes

    with _disable_current_modes():
        weights = features(queries) @ features(keys).transpose(1, 2)
        return weights @ values / weights.sum(2, keepdim=True)
