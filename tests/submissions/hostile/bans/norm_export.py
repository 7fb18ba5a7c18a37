"""Layer normalisation by torch.export."""

class LayerNorm:
    def forward(self, inputs):
        layer = nn.LayerNorm(inputs.shape[-1], eps=self.eps).to(inputs.dtype)
        return torch.export.export(layer, (inputs,)).run_decompositions().module()(inputs) * self.weight + self.bias
