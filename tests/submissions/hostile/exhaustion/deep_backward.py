"""Builds a graph a million nodes deep."""

class LayerNorm:
    def forward(self, inputs):
        for _ in range(10**6):
            inputs = inputs + 1
        return inputs
