"""Returns an object whose shape lies."""

class Odd:
    shape = (2, 3)
    dtype = torch.float64
    @property
    def __class__(self):
        return torch.Tensor

class LayerNorm:
    def forward(self, inputs):
        return Odd()
