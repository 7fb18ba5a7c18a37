"""Gates taken in the order z, r, n.

loses: gru_solution:GRUCell.forward
"""


class GRUCell:
    def forward(self, inputs, hidden):
        gi = F.linear(inputs, self.weight_ih, self.bias_ih).chunk(3, 1)
        gh = F.linear(hidden, self.weight_hh, self.bias_hh).chunk(3, 1)
        z, r = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])
        return (1 - z) * torch.tanh(gi[2] + r * gh[2]) + z * hidden
