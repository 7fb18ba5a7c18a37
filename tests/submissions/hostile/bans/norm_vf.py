"""Layer normalisation by torch._VF."""

class LayerNorm:
    def forward(self, inputs):
        return torch._VF.layer_norm(inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)
