"""Layer normalisation by nn.LayerNorm itself."""

class LayerNorm:
    def forward(self, inputs):
        layer = nn.LayerNorm(inputs.shape[-1], eps=self.eps).to(inputs.dtype)
        layer.weight, layer.bias = self.weight, self.bias
        return layer(inputs)
