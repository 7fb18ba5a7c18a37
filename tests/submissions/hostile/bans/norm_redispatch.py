"""Layer normalisation by OpOverload.redispatch."""

class LayerNorm:
    def forward(self, inputs):
        keys = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
        return torch.ops.aten.native_layer_norm.default.redispatch(keys, inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)[0]
