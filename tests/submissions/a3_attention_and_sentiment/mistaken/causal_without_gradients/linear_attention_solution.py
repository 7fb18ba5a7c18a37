"""Causal weights are detached: no gradient reaches queries and keys.

loses: linear_attention_solution:causal_linear_attention
"""


def causal_linear_attention(queries, keys, values):
    q, k = features(queries).detach(), features(keys).detach()
    summary = (k.unsqueeze(3) * values.unsqueeze(2)).cumsum(dim=1)
    total = k.cumsum(dim=1)
    return (q.unsqueeze(2) @ summary).squeeze(2) / (q * total).sum(dim=2, keepdim=True)
