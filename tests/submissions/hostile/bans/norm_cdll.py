"""Layer normalisation by the C++ library by ctypes."""

class LayerNorm:
    def forward(self, inputs):
        import ctypes

        library = ctypes.CDLL(torch._C.__file__)
        return library.layer_norm(inputs)
