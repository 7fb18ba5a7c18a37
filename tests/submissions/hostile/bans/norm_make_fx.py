"""Layer normalisation by make_fx with decompositions."""

class LayerNorm:
    def forward(self, inputs):
        from torch.fx.experimental.proxy_tensor import make_fx

        table = torch._decomp.core_aten_decompositions()
        graph = make_fx(lambda x: torch.layer_norm(x, [inputs.shape[-1]]), decomposition_table=table)(inputs)
        return graph(inputs) * self.weight + self.bias
