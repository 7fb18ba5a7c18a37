"""The second branch uses the norm of the first.

loses: vit_solution:PreNormAttentionBlock.forward
"""


class PreNormAttentionBlock:
    def forward(self, inputs):
        x = inputs + self.attn(self.layer_norm_1(inputs))
        return x + self.linear(self.layer_norm_1(x))
