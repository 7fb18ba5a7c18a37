"""einops everywhere, with prints."""


class EinsumSelfAttention:
    def forward(self, tokens):
        from einops import einsum, rearrange
        maps = (self.query, self.key, self.value)
        q, k, v = (rearrange(f(tokens), "b t (h d) -> b h t d", h=self.num_heads) for f in maps)
        scores = einsum(q, k, "b h i d, b h j d -> b h i j") / math.sqrt(q.size(-1))
        mixed = einsum(scores.softmax(dim=3), v, "b h i j, b h j d -> b h i d")
        return self.output(rearrange(mixed, "b h t d -> b t (h d)"))
