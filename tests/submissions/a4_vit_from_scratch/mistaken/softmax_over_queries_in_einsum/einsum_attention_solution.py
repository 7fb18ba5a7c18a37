"""Softmax over the queries, in einsum.

loses: einsum_attention_solution:EinsumSelfAttention.forward
"""


class EinsumSelfAttention:
    def forward(self, tokens):
        q, k, v = (f(tokens).unflatten(-1, (self.num_heads, -1))
                   for f in (self.query, self.key, self.value))
        w = (torch.einsum("bqhd,bkhd->bhqk", q, k) / q.shape[-1] ** 0.5).softmax(dim=2)
        return self.output(torch.einsum("bhqk,bkhd->bqhd", w, v).flatten(2))
