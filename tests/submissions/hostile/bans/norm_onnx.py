"""Layer normalisation by helpers of onnx."""

class LayerNorm:
    def forward(self, inputs):
        from torch.onnx.symbolic_opset9 import layer_norm

        return layer_norm(None, inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps, False)
