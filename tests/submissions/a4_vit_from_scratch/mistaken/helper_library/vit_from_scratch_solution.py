"""As the helper library does: softmax over the queries, then scaled.

loses: vit_from_scratch_solution:MultiHeadSelfAttention.forward
"""


class MultiHeadSelfAttention:
    def forward(self, tokens):
        B, T, D = tokens.shape
        H = self.num_heads
        q, k, v = (f(tokens).view(B, T, H, D // H).transpose(1, 2)
                   for f in (self.query, self.key, self.value))
        w = (q @ k.mT).softmax(dim=-2) / math.sqrt(D // H)
        return self.output((w @ v).transpose(1, 2).reshape(B, T, D))
