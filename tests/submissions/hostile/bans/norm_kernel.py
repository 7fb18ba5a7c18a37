"""Layer normalisation by kernel look-up."""

class LayerNorm:
    def forward(self, inputs):
        kernel = torch.library.get_kernel("aten::native_layer_norm", "CPU")
        keys = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
        return kernel.call_boxed(keys, inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)[0]
