"""Layer normalisation by batch norm over transposed inputs."""

class LayerNorm:
    def forward(self, inputs):
        flat = torch.nn.functional.batch_norm(inputs.reshape(-1, inputs.shape[-1]).T, None, None, training=True, eps=self.eps).T
        return flat.reshape(inputs.shape) * self.weight + self.bias
