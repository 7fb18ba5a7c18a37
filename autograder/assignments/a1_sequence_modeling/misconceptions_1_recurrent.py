"""Known mistakes of part 1: the GRU with an answer at every step, and the cell."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.kit.mistakes import misconception

_TRANSLATION = "main:GRUTranslation"
_CELL = "gru_solution:GRUCell.forward"


# --- 1.1 GRUTranslation -------------------------------------------------------------------------


@misconception(
    _TRANSLATION,
    hint="The logits of one step only come out. Many to many: `nn.GRU` returns the states of every "
    "step first and the last states second; the output layer takes the former.",
)
def last_state_only(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor) -> Tensor:
        states, _ = self.gru(inputs)
        last = states[:, -1] if self.gru.batch_first else states[-1]
        return self.output(last)

    reference.GRUTranslation.forward = forward


@misconception(
    _TRANSLATION,
    hint="Probabilities come out. Return the logits, without softmax.",
)
def probabilities(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor) -> Tensor:
        return self.output(self.gru(inputs)[0]).softmax(-1)

    reference.GRUTranslation.forward = forward


@misconception(
    _TRANSLATION,
    hint="Log-probabilities come out. Return the logits as the output layer gives them.",
)
def log_probabilities(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor) -> Tensor:
        return self.output(self.gru(inputs)[0]).log_softmax(-1)

    reference.GRUTranslation.forward = forward


@misconception(
    _TRANSLATION,
    hint="Steps and sequences change places. `nn.GRU` already knows `batch_first`; its states have "
    "the layout of its inputs, so nothing needs to be transposed.",
)
def layout_changed(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor) -> Tensor:
        return self.output(self.gru(inputs)[0]).transpose(0, 1)

    reference.GRUTranslation.forward = forward


@misconception(
    _TRANSLATION,
    hint="The steps come out in reverse order. The backward direction of `nn.GRU` is already put "
    "in the order of the inputs.",
)
def steps_reversed(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor) -> Tensor:
        logits = self.output(self.gru(inputs)[0])
        return logits.flip(1 if self.gru.batch_first else 0)

    reference.GRUTranslation.forward = forward


@misconception(
    _TRANSLATION,
    hint="A nonlinearity is applied to the states. The output layer takes them as they are.",
)
def states_squashed(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor) -> Tensor:
        return self.output(torch.relu(self.gru(inputs)[0]))

    reference.GRUTranslation.forward = forward


@misconception(
    _TRANSLATION,
    hint="The two directions are exchanged: forward comes first in the features of a step.",
)
def directions_exchanged(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor) -> Tensor:
        states = self.gru(inputs)[0]
        if self.gru.bidirectional:
            states = torch.cat(states.chunk(2, dim=-1)[::-1], dim=-1)
        return self.output(states)

    reference.GRUTranslation.forward = forward


# --- 1.2 GRUCell --------------------------------------------------------------------------------


def _gates(self: Any, inputs: Tensor, hidden: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    of_inputs = F.linear(inputs, self.weight_ih, self.bias_ih).chunk(3, dim=1)
    of_hidden = F.linear(hidden, self.weight_hh, self.bias_hh).chunk(3, dim=1)
    return list(of_inputs), list(of_hidden)


@misconception(
    _CELL,
    hint="z and 1 - z are exchanged: near 1 the update gate keeps the old state, "
    "near 0 it takes the proposal.",
)
def update_gate_inverted(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
        (rx, zx, nx), (rh, zh, nh) = _gates(self, inputs, hidden)
        z = torch.sigmoid(zx + zh)
        n = torch.tanh(nx + torch.sigmoid(rx + rh) * nh)
        return z * n + (1 - z) * hidden

    reference.GRUCell.forward = forward


@misconception(
    _CELL,
    hint="The reset gate multiplies the old state before the linear map. In these equations it "
    "multiplies the result of the map, W_hn h + b_hn.",
)
def reset_before_the_linear_map(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
        (rx, zx, nx), (rh, zh, _) = _gates(self, inputs, hidden)
        r, z = torch.sigmoid(rx + rh), torch.sigmoid(zx + zh)
        w, b = self.weight_hh.chunk(3)[2], self.bias_hh.chunk(3)[2]
        n = torch.tanh(nx + F.linear(r * hidden, w, b))
        return (1 - z) * n + z * hidden

    reference.GRUCell.forward = forward


@misconception(
    _CELL,
    hint="The first two thirds of the weights are exchanged: they lie in the order r, z, n.",
)
def r_and_z_exchanged(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
        (zx, rx, nx), (zh, rh, nh) = _gates(self, inputs, hidden)
        z = torch.sigmoid(zx + zh)
        n = torch.tanh(nx + torch.sigmoid(rx + rh) * nh)
        return (1 - z) * n + z * hidden

    reference.GRUCell.forward = forward


@misconception(
    _CELL,
    hint="The reset gate misses b_hn: it multiplies the whole result of the hidden map, its bias "
    "included.",
)
def reset_misses_the_bias(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
        (rx, zx, nx), (rh, zh, nh) = _gates(self, inputs, hidden)
        r, z = torch.sigmoid(rx + rh), torch.sigmoid(zx + zh)
        bias = self.bias_hh.chunk(3)[2]
        n = torch.tanh(nx + bias + r * (nh - bias))
        return (1 - z) * n + z * hidden

    reference.GRUCell.forward = forward


@misconception(
    _CELL, hint="The proposed state goes through a logistic function; its equation has a tanh."
)
def sigmoid_for_tanh(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
        (rx, zx, nx), (rh, zh, nh) = _gates(self, inputs, hidden)
        z = torch.sigmoid(zx + zh)
        n = torch.sigmoid(nx + torch.sigmoid(rx + rh) * nh)
        return (1 - z) * n + z * hidden

    reference.GRUCell.forward = forward


@misconception(_CELL, hint="The gates go through tanh; gates lie between 0 and 1: use sigmoid.")
def tanh_gates(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
        (rx, zx, nx), (rh, zh, nh) = _gates(self, inputs, hidden)
        z = torch.tanh(zx + zh)
        n = torch.tanh(nx + torch.tanh(rx + rh) * nh)
        return (1 - z) * n + z * hidden

    reference.GRUCell.forward = forward


@misconception(_CELL, hint="The reset gate is missing from the proposed state.")
def no_reset_gate(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
        (_, zx, nx), (_, zh, nh) = _gates(self, inputs, hidden)
        z = torch.sigmoid(zx + zh)
        return (1 - z) * torch.tanh(nx + nh) + z * hidden

    reference.GRUCell.forward = forward


@misconception(_CELL, hint="The hidden map has a bias too: bias_hh is not used.")
def hidden_bias_forgotten(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
        (rx, zx, nx), (rh, zh, nh) = _gates(self, inputs, hidden)
        br, bz, bn = self.bias_hh.chunk(3)
        z = torch.sigmoid(zx + zh - bz)
        n = torch.tanh(nx + torch.sigmoid(rx + rh - br) * (nh - bn))
        return (1 - z) * n + z * hidden

    reference.GRUCell.forward = forward


@misconception(
    _CELL,
    hint="The reset gate multiplies the input's share of the proposal; it belongs to the state's.",
)
def reset_on_the_inputs(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
        (rx, zx, nx), (rh, zh, nh) = _gates(self, inputs, hidden)
        z = torch.sigmoid(zx + zh)
        n = torch.tanh(torch.sigmoid(rx + rh) * nx + nh)
        return (1 - z) * n + z * hidden

    reference.GRUCell.forward = forward


@misconception(
    _CELL, hint="The proposal comes out; the update gate has yet to mix it with the old state."
)
def proposal_returned(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden: Tensor) -> Tensor:
        (rx, _, nx), (rh, _, nh) = _gates(self, inputs, hidden)
        return torch.tanh(nx + torch.sigmoid(rx + rh) * nh)

    reference.GRUCell.forward = forward


@misconception(
    _CELL,
    hint="The values are right, but no gradient reaches the hidden state: it was detached, so "
    "nothing can be learnt across steps.",
)
def hidden_detached(reference: Any) -> None:
    right = reference.GRUCell.forward

    def forward(self: nn.Module, inputs: Tensor, hidden: Tensor) -> Tensor:
        return right(self, inputs, hidden.detach())

    reference.GRUCell.forward = forward
