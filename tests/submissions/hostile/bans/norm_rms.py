"""Layer normalisation by rms_norm of centred inputs."""

class LayerNorm:
    def forward(self, inputs):
        centred = inputs - inputs.mean(-1, keepdim=True)
        return torch.nn.functional.rms_norm(centred, [inputs.shape[-1]], self.weight, self.eps) + self.bias
