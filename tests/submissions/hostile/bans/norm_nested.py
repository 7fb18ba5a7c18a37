"""Layer normalisation by a nested tensor."""

class LayerNorm:
    def forward(self, inputs):
        n = torch.nested.nested_tensor(list(inputs.reshape(1, -1, inputs.shape[-1])))
        return torch.layer_norm(n, [inputs.shape[-1]], self.weight, self.bias, self.eps).to_padded_tensor(0.0).reshape(inputs.shape)
