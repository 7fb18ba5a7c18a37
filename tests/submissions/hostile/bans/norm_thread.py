"""Layer normalisation by a thread."""

class LayerNorm:
    def forward(self, inputs):
        import threading

        seen = []
        thread = threading.Thread(target=lambda: seen.append(torch.layer_norm(inputs, [inputs.shape[-1]], self.weight, self.bias, self.eps)))
        thread.start()
        thread.join()
        return seen[0]
