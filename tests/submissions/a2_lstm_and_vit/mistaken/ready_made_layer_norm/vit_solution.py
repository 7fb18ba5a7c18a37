"""Calls the function the exercise is about.

loses: vit_solution:LayerNorm.forward
"""


class LayerNorm:
    def forward(self, inputs):
        return F.layer_norm(inputs, (self.hidden_size,), self.weight, self.bias, self.eps)
