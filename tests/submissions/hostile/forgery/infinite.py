"""Returns infinity."""

class LayerNorm:
    def forward(self, inputs):
        return inputs / 0
