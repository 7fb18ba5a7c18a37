"""The normalised values are carried past the layers.

loses: vit_solution:PreNormAttentionBlock.forward
"""


class PreNormAttentionBlock:
    def forward(self, inputs):
        x = self.layer_norm_1(inputs)
        x = self.attn(x) + x
        x = self.layer_norm_2(x)
        return self.linear(x) + x
