"""Layer normalisation by the decomposition table."""

class LayerNorm:
    def forward(self, inputs):
        return torch._decomp.decomposition_table[torch.ops.aten.native_layer_norm.default](inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)[0]
