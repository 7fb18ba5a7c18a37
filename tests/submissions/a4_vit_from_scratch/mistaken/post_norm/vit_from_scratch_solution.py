"""Norms after their part.

loses: vit_from_scratch_solution:EncoderBlock.forward
"""


class EncoderBlock:
    def forward(self, tokens):
        tokens = self.norm_1(tokens + self.attention(tokens))
        return self.norm_2(tokens + self.mlp(tokens))
