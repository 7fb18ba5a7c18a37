"""Raises an exception with a text of 100 MB."""

class LayerNorm:
    def forward(self, inputs):
        raise ValueError("x" * 10**8)
