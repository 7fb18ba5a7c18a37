"""A template for the page."""

class LayerNorm:
    def forward(self, inputs):
        raise ValueError("{{ config }} {% include '/etc/passwd' %}")
