"""Layer normalisation by torch.compile."""

class LayerNorm:
    def forward(self, inputs):
        return torch.compile(lambda x: torch.layer_norm(x, [x.shape[-1]]), backend="eager")(inputs) * self.weight + self.bias
