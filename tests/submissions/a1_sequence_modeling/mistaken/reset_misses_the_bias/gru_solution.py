"""Biases merged, so that the reset gate misses b_hn.

loses: gru_solution:GRUCell.forward
"""


class GRUCell:
    def forward(self, inputs, hidden):
        H = self.hidden_size
        gi = inputs @ self.weight_ih.T + self.bias_ih + self.bias_hh
        gh = hidden @ self.weight_hh.T
        r, z = torch.sigmoid(gi + gh)[:, :2 * H].chunk(2, 1)
        n = torch.tanh(gi[:, 2 * H:] + r * gh[:, 2 * H:])
        return (1 - z) * n + z * hidden
