"""The variance is divided by n - 1.

loses: vit_solution:LayerNorm.forward
"""


class LayerNorm:
    def forward(self, inputs):
        mean = torch.mean(inputs, dim=-1, keepdim=True)
        var = torch.var(inputs, dim=-1, keepdim=True)
        return (inputs - mean) / torch.sqrt(var + self.eps) * self.weight + self.bias
