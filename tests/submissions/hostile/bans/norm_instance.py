"""Layer normalisation by instance norm."""

class LayerNorm:
    def forward(self, inputs):
        flat = torch.nn.functional.instance_norm(inputs.reshape(1, -1, inputs.shape[-1]), eps=self.eps)
        return flat.reshape(inputs.shape) * self.weight + self.bias
