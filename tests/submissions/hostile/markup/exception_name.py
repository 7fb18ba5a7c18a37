"""A class of exception whose name is markup."""

Bad = type("<b onmouseover=alert(1)>", (Exception,), {})

class LayerNorm:
    def forward(self, inputs):
        raise Bad("x")
