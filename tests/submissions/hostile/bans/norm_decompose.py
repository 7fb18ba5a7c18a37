"""Layer normalisation by OpOverload.decompose."""

class LayerNorm:
    def forward(self, inputs):
        return torch.ops.aten.layer_norm.default.decompose(inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)
