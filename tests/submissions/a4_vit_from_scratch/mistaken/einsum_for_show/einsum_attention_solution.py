"""One product in einsum, the other by bmm under another name.

loses: einsum_attention_solution:EinsumSelfAttention.forward
"""


from torch import bmm as mix


class EinsumSelfAttention:
    def forward(self, tokens):
        B, T, D = tokens.shape
        H = self.num_heads
        q, k, v = (f(tokens).view(B, T, H, D // H).transpose(1, 2)
                   for f in (self.query, self.key, self.value))
        w = (torch.einsum("bhqd,bhkd->bhqk", q, k) / math.sqrt(D // H)).softmax(dim=-1)
        out = mix(w.flatten(0, 1), v.flatten(0, 1)).view(B, H, T, -1)
        return self.output(out.transpose(1, 2).reshape(B, T, D))
