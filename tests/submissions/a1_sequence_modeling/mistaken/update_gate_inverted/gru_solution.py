"""z and 1 - z exchanged.

loses: gru_solution:GRUCell.forward
"""


class GRUCell:
    def forward(self, inputs, hidden):
        H = self.hidden_size
        gi = F.linear(inputs, self.weight_ih, self.bias_ih)
        gh = F.linear(hidden, self.weight_hh, self.bias_hh)
        r = torch.sigmoid(gi[:, :H] + gh[:, :H])
        z = torch.sigmoid(gi[:, H:2 * H] + gh[:, H:2 * H])
        n = torch.tanh(gi[:, 2 * H:] + r * gh[:, 2 * H:])
        return z * n + (1 - z) * hidden
