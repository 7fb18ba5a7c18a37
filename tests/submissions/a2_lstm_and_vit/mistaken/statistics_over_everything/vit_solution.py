"""One mean and one variance for the whole tensor.

loses: vit_solution:LayerNorm.forward
"""


class LayerNorm:
    def forward(self, inputs):
        mean = torch.mean(inputs)
        var = torch.var(inputs, unbiased=False)
        out = (inputs - mean) / torch.sqrt(var + self.eps)
        return out * self.weight + self.bias
