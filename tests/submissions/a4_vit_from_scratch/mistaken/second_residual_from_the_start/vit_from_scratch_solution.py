"""The second residual adds the first tokens.

loses: vit_from_scratch_solution:EncoderBlock.forward
"""


class EncoderBlock:
    def forward(self, tokens):
        a = tokens + self.attention(self.norm_1(tokens))
        return tokens + self.mlp(self.norm_2(a))
