"""Layer normalisation by _batch_norm_with_update."""

class LayerNorm:
    def forward(self, inputs):
        rows = inputs.reshape(-1, inputs.shape[-1]).T
        mean, var = rows.new_zeros(rows.shape[1]), rows.new_ones(rows.shape[1])
        flat = torch.ops.aten._batch_norm_with_update(rows, None, None, mean, var, 0.0, self.eps)[0].T
        return flat.reshape(inputs.shape) * self.weight + self.bias
