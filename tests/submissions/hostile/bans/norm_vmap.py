"""Layer normalisation by torch.vmap."""

class LayerNorm:
    def forward(self, inputs):
        return torch.vmap(lambda x: torch.layer_norm(x, [x.shape[-1]]))(inputs) * self.weight + self.bias
