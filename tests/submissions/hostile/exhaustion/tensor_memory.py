"""Takes all memory in tensors."""

class LayerNorm:
    def forward(self, inputs):
        return torch.ones(1 << 40)
