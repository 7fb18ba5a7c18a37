"""Layer normalisation by a graph that was recorded on meta tensors."""

class LayerNorm:
    def forward(self, inputs):
        from torch.fx.experimental.proxy_tensor import make_fx

        graph = make_fx(lambda x: torch.layer_norm(x, [inputs.shape[-1]]))(inputs.to("meta"))
        return graph(inputs) * self.weight + self.bias
