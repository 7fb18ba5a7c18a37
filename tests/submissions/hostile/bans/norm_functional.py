"""Layer normalisation by F.layer_norm."""

class LayerNorm:
    def forward(self, inputs):
        return torch.nn.functional.layer_norm(inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)
