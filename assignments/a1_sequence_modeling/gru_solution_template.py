"""One step of a gated recurrent unit, written from its equations (assignment a1, task 1.2).

Everything in this file is given except the body of `GRUCell.forward`.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GRUCell(nn.Module):
    """A gated recurrent unit that advances one hidden state by one step.

    I is `input_size`, H is `hidden_size` and B is the batch size. The weights of the three gates
    lie on top of each other in the order reset, update, new (r, z, n), as PyTorch stores them:

        weight_ih  (3H, I)   the rows of W_ir, then of W_iz, then of W_in
        weight_hh  (3H, H)   the rows of W_hr, then of W_hz, then of W_hn
        bias_ih    (3H,)     b_ir, then b_iz, then b_in
        bias_hh    (3H,)     b_hr, then b_hz, then b_hn
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias_ih = nn.Parameter(torch.empty(3 * hidden_size))
        self.bias_hh = nn.Parameter(torch.empty(3 * hidden_size))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every parameter evenly from [-1/sqrt(H), 1/sqrt(H)], as PyTorch does."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, inputs: Tensor, hidden: Tensor) -> Tensor:
        """Return the next hidden state.

        With x_t = `inputs`, h_(t-1) = `hidden`, the logistic function sigma and * taken element by
        element, these are the equations in the documentation of torch.nn.GRUCell:

            r_t = sigma(W_ir x_t + b_ir + W_hr h_(t-1) + b_hr)          reset gate
            z_t = sigma(W_iz x_t + b_iz + W_hz h_(t-1) + b_hz)          update gate
            n_t = tanh(W_in x_t + b_in + r_t * (W_hn h_(t-1) + b_hn))   new state, proposed
            h_t = (1 - z_t) * n_t + z_t * h_(t-1)                       new state

        Args:
            inputs: (B, I), the sequence elements of this step, float32 or float64.
            hidden: (B, H), the hidden states so far, of the same dtype.

        Returns:
            (B, H), of that dtype. Gradients reach both arguments and all four parameters, and
            neither argument is changed in place. B is at least 1; there is no unbatched form.

        Allowed: F.linear, nn.functional in general, matrix products, elementwise functions.
        Forbidden: nn.GRUCell, nn.GRU, torch.gru_cell, torch.gru and any other way to them.
        """
        # TODO 1.2: Return the next hidden state, from the four parameters of the cell.
        raise NotImplementedError("TODO 1.2")
