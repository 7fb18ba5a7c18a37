"""Nothing keeps the denominator from being zero.

loses: vit_solution:LayerNorm.forward
"""


class LayerNorm:
    def forward(self, inputs):
        x = inputs - inputs.mean(dim=-1, keepdim=True)
        x = x / (x ** 2).mean(dim=-1, keepdim=True) ** 0.5
        return x * self.weight + self.bias
