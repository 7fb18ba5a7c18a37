"""A shape that prints markup."""

class Shape(tuple):
    def __repr__(self):
        return "<script>alert(1)</script>"

class LayerNorm:
    def forward(self, inputs):
        return "<iframe src=javascript:alert(1)>"
