"""A formula for a spreadsheet."""

class LayerNorm:
    def forward(self, inputs):
        raise ValueError("=HYPERLINK(\"http://example.org\",\"click\")")
