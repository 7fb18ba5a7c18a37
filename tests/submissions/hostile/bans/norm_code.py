"""Layer normalisation by putting the code back."""

class LayerNorm:
    def forward(self, inputs):
        import marshal
        import types

        function = torch.nn.functional.layer_norm
        function.__code__ = (lambda *a: torch.layer_norm(*a)).__code__
        return function(inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)
