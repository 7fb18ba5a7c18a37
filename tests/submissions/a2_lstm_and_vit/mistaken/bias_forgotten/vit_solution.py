"""The bias is created and never used.

loses: vit_solution:LayerNorm.forward
"""


class LayerNorm:
    def forward(self, inputs):
        var, mean = torch.var_mean(inputs, dim=-1, unbiased=False, keepdim=True)
        return self.weight * (inputs - mean) * torch.rsqrt(var + self.eps)
