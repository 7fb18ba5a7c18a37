"""Layer normalisation by TorchScript."""

class LayerNorm:
    def forward(self, inputs):
        unit = torch.jit.CompilationUnit("def f(x, n: int, w, b, e: float):\n    return torch.layer_norm(x, [n], w, b, e)\n")
        return unit.f(inputs, inputs.shape[-1], self.weight, self.bias, self.eps)
