"""Layer normalisation by nn.functional.group_norm."""

class LayerNorm:
    def forward(self, inputs):
        flat = torch.nn.functional.group_norm(inputs.reshape(-1, inputs.shape[-1]), 1, self.weight, self.bias, self.eps)
        return flat.reshape(inputs.shape)
