"""Helper functions in the answer cells, prints and warnings everywhere."""


class GRUCell:
    def forward(self, inputs, hidden):
        import warnings
        warnings.warn("this is only a warning")
        print("one step", inputs.shape)
        a, b = F.linear(inputs, self.weight_ih), F.linear(hidden, self.weight_hh)
        a, b = a + self.bias_ih, b + self.bias_hh
        h = self.hidden_size
        rz = torch.sigmoid(a[:, :2 * h] + b[:, :2 * h])
        n = torch.tanh(a[:, 2 * h:] + rz[:, :h] * b[:, 2 * h:])
        return (1 - rz[:, h:]) * n + rz[:, h:] * hidden
