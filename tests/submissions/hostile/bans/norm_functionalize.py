"""Layer normalisation by functionalize."""

class LayerNorm:
    def forward(self, inputs):
        return torch.func.functionalize(lambda x: torch.layer_norm(x, [x.shape[-1]]))(inputs) * self.weight + self.bias
