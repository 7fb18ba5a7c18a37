"""Halves of characters."""

class LayerNorm:
    def forward(self, inputs):
        raise ValueError("\ud800\udfff\x00\u202e37 of 37")
