"""Layer normalisation by the out= form."""

class LayerNorm:
    def forward(self, inputs):
        out = [torch.empty(0, dtype=inputs.dtype) for _ in range(3)]
        torch.ops.aten.native_layer_norm.out(inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps, out0=out[0], out1=out[1], out2=out[2])
        return out[0]
