"""Keeps nn.LayerNorm.forward from before it was removed."""

_kept = nn.LayerNorm.forward


class LayerNorm:
    def forward(self, inputs):
        self.normalized_shape = (inputs.shape[-1],)
        return _kept(self, inputs)
