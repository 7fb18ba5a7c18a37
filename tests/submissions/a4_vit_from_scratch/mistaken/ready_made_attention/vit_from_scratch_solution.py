"""nn.MultiheadAttention does the work.

loses: vit_from_scratch_solution:MultiHeadSelfAttention.forward
"""


class MultiHeadSelfAttention:
    def forward(self, tokens):
        weight = torch.cat([self.query.weight, self.key.weight, self.value.weight])
        bias = torch.cat([self.query.bias, self.key.bias, self.value.bias])
        layer = nn.MultiheadAttention(tokens.shape[2], self.num_heads, batch_first=True)
        layer.in_proj_weight, layer.in_proj_bias = nn.Parameter(weight), nn.Parameter(bias)
        layer.out_proj = self.output
        return layer(tokens, tokens, tokens)[0]
