"""Layer normalisation by the static runtime."""

class LayerNorm:
    def forward(self, inputs):
        traced = torch.jit.trace(lambda x: torch.layer_norm(x, [x.shape[-1]], None, None, self.eps), (inputs.detach(),), check_trace=False)
        return torch._C._jit_to_static_module(traced.graph)(inputs.detach()) * self.weight + self.bias
