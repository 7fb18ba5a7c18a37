"""Returns the input, hoping that it is changed in place."""

class LayerNorm:
    def forward(self, inputs):
        inputs.data = (inputs - inputs.mean()) / inputs.std()
        return inputs
