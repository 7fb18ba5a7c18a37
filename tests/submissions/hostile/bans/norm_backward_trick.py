"""Layer normalisation by the backward kernel."""

class LayerNorm:
    def forward(self, inputs):
        rows = inputs.reshape(-1, inputs.shape[-1])
        mean, std = rows.mean(-1, keepdim=True), (rows.var(-1, keepdim=True, correction=0) + self.eps).sqrt()
        one = torch.ones_like(rows[:1])
        normed = [torch.ops.aten.native_layer_norm_backward(one, r[None], [len(r)], m[None], (1 / s)[None], one[0], one[0], [False, True, False])[1] for r, m, s in zip(rows, mean, std)]
        return torch.stack(normed).reshape(inputs.shape) * self.weight + self.bias
