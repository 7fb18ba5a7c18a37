"""The pre-norm block is a copy of the post-norm block.

loses: vit_solution:PreNormAttentionBlock.forward
"""


class PreNormAttentionBlock:
    def forward(self, inputs):
        attention_outputs = self.attn(inputs)
        attention_outputs = self.layer_norm_1(inputs + attention_outputs)
        outputs = self.linear(attention_outputs)
        return self.layer_norm_2(outputs + attention_outputs)
