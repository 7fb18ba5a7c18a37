"""Everything spelled out, weights sliced by hand."""


class GRUCell:
    def forward(self, inputs, hidden):
        H = self.hidden_size
        def gate(k, h_term=None):
            rows = slice(k * H, (k + 1) * H)
            from_x = inputs @ self.weight_ih[rows].T + self.bias_ih[rows]
            from_h = hidden @ self.weight_hh[rows].T + self.bias_hh[rows]
            return from_x, from_h
        rx, rh = gate(0)
        zx, zh = gate(1)
        nx, nh = gate(2)
        r = 1 / (1 + torch.exp(-(rx + rh)))
        z = 1 / (1 + torch.exp(-(zx + zh)))
        n = torch.tanh(nx + r * nh)
        return n - z * n + z * hidden
