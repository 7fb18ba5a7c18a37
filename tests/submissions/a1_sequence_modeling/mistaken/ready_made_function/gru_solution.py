"""torch.gru_cell, under another name.

loses: gru_solution:GRUCell.forward
"""

step = getattr(torch._VF, "gru" + "_cell")


class GRUCell:
    def forward(self, inputs, hidden):
        return step(inputs, hidden, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
