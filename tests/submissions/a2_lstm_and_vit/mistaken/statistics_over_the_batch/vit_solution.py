"""Mean and variance run over the first axis.

loses: vit_solution:LayerNorm.forward
"""


class LayerNorm:
    def forward(self, inputs):
        mean = inputs.mean(dim=0, keepdim=True)
        var = ((inputs - mean) ** 2).mean(dim=0, keepdim=True)
        return (inputs - mean) / torch.sqrt(var + self.eps) * self.weight + self.bias
