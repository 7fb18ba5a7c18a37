"""Layer normalisation by torch._C._VariableFunctions."""

class LayerNorm:
    def forward(self, inputs):
        return torch._C._VariableFunctions.layer_norm(inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)
