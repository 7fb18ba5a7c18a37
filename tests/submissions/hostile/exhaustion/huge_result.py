"""Returns a tensor that is too large to send."""

class LayerNorm:
    def forward(self, inputs):
        return torch.zeros(1, dtype=inputs.dtype).expand(2**26)
