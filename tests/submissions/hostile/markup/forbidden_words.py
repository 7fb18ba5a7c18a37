"""Says in its exception that an operation is forbidden."""

class LayerNorm:
    def forward(self, inputs):
        raise RuntimeError("This operation is not allowed in this exercise: `</code><script>`")
