"""Layer normalisation by the kernel by its own name."""

class LayerNorm:
    def forward(self, inputs):
        return torch.native_layer_norm(inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)[0]
