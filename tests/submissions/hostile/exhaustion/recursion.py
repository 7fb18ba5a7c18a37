"""Calls itself without end."""

class LayerNorm:
    def forward(self, inputs):
        return self.forward(inputs)
