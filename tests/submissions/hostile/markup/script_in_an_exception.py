"""A script in the text of an exception."""

class LayerNorm:
    def forward(self, inputs):
        raise ValueError("<script>alert(1)</script><img src=x onerror=alert(1)>")
