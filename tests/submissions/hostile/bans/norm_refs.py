"""Layer normalisation by torch._refs."""

class LayerNorm:
    def forward(self, inputs):
        return torch._refs.native_layer_norm(inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)[0]
