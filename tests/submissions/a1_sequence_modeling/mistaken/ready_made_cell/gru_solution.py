"""nn.GRUCell does the work.

loses: gru_solution:GRUCell.forward
"""


class GRUCell:
    def forward(self, inputs, hidden):
        cell = nn.GRUCell(self.input_size, self.hidden_size).to(inputs.dtype)
        cell.load_state_dict(self.state_dict())
        return cell(inputs, hidden)
