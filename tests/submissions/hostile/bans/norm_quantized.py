"""Layer normalisation by the quantized kernel."""

class LayerNorm:
    def forward(self, inputs):
        q = torch.quantize_per_tensor(inputs.float(), 1e-7, 0, torch.qint32)
        return torch.ops.quantized.layer_norm(q, [inputs.shape[-1]], self.weight.float(), self.bias.float(), self.eps, 1e-7, 0).dequantize().to(inputs.dtype)
