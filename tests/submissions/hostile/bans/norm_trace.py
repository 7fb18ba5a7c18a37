"""Layer normalisation by a trace."""

class LayerNorm:
    def forward(self, inputs):
        return torch.jit.trace(lambda x: torch.layer_norm(x, [inputs.shape[-1]], None, None, self.eps), (inputs.detach(),))(inputs) * self.weight + self.bias
