"""Returns NaN, which compares to nothing."""

class LayerNorm:
    def forward(self, inputs):
        return inputs * float("nan")
