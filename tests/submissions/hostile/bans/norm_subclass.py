"""Layer normalisation by a tensor subclass that unwraps itself."""

class LayerNorm:
    def forward(self, inputs):
        class Plain(torch.Tensor):
            @classmethod
            def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
                return func.decompose(*args, **(kwargs or {}))

        return torch.layer_norm(inputs.as_subclass(Plain), [inputs.shape[-1]])
