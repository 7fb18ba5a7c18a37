"""Never ends, in forward."""

class LayerNorm:
    def forward(self, inputs):
        while True:
            pass
