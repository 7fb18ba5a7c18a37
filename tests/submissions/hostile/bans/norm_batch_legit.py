"""Layer normalisation by _native_batch_norm_legit."""

class LayerNorm:
    def forward(self, inputs):
        flat = torch._native_batch_norm_legit(inputs.reshape(-1, inputs.shape[-1]).T, None, None, True, 0.0, self.eps)[0].T
        return flat.reshape(inputs.shape) * self.weight + self.bias
