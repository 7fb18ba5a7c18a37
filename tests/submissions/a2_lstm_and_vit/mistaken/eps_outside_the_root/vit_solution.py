"""eps is added to the standard deviation.

loses: vit_solution:LayerNorm.forward
"""


class LayerNorm:
    def forward(self, inputs):
        mu = inputs.mean(-1, keepdim=True)
        sigma = inputs.std(-1, keepdim=True, unbiased=False)
        return self.weight * ((inputs - mu) / (sigma + self.eps)) + self.bias
