"""Inherits from nn.LayerNorm."""

class Inner(nn.LayerNorm):
    pass


class LayerNorm:
    def forward(self, inputs):
        return Inner(inputs.shape[-1], eps=self.eps)(inputs.float()).to(inputs.dtype) * self.weight + self.bias
