"""Part 1: a GRU with an answer at every step, and the cell inside it."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from autograder.kit.checks import GRU, Draw, Observed, fill_parts, observe, question

_TRANSLATION = "main:GRUTranslation"
_CELL = "gru_solution:GRUCell.forward"


# --- 1.1 GRUTranslation -------------------------------------------------------------------------


def _translation(
    student: Any, draw: Draw, classes: int = 0, **arguments: Any
) -> tuple[Any, Tensor]:
    """A network with known parameters, and inputs for it in the layout it asks for."""
    batch, steps, features, hidden, drawn = draw.sizes(5, 2, 7)
    net = student.GRUTranslation(features, hidden, classes or drawn, **arguments)
    fill_parts(draw, net, "gru", "output")
    leading = (batch, steps) if arguments.get("batch_first", True) else (steps, batch)
    return net, draw.normal(*leading, features, requires_grad=True)


gru_translation = question("1.1", _TRANSLATION)


@gru_translation.check(points=0.25)
def gru_translation_one_direction(student: Any, draw: Draw) -> Observed:
    """A row of logits for every step, made from the state at that step."""
    net, x = _translation(student, draw, num_layers=3 if draw.case else 1)
    binary, its_x = _translation(student, draw.derived("one class"), classes=1)
    seen = observe(net(x), one_class=binary(its_x), unchanged={"inputs": x})
    return seen | observe(
        one_sequence=net(x[:1]), one_step=net(x[:, :1]), in_evaluation_mode=net.eval()(x)
    )


@gru_translation.check(points=0.25)
def gru_translation_both_directions(student: Any, draw: Draw) -> Observed:
    """With two directions a step's state has twice as many features."""
    net, x = _translation(student, draw, num_layers=2, bidirectional=True)
    strided = x.mT.contiguous().mT
    return observe(net(x), one_sequence=net(x[:1]), one_step=net(x[:, :1]), strided=net(strided))


@gru_translation.check(points=0.25)
def gru_translation_steps_first(student: Any, draw: Draw) -> Observed:
    """With batch_first=False inputs and logits are (T, B, features)."""
    both = bool(draw.case % 2)
    net, x = _translation(student, draw, bidirectional=both, batch_first=False)
    return observe(net(x), one_sequence=net(x[:, :1]), one_step=net(x[:1]))


@gru_translation.check(points=0.25, cases=1)
def gru_translation_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the inputs, the GRU and the output layer."""
    net, x = _translation(student, draw, bidirectional=True, num_layers=2)
    weights = {f"gru.{name}": weight for name, weight in net.gru.named_parameters()}
    weights |= {"output.weight": net.output.weight, "output.bias": net.output.bias}
    return observe(net(x), grad_of={"inputs": x, **weights})


# --- 1.2 GRUCell --------------------------------------------------------------------------------


def _cell(student: Any, draw: Draw, scale: float = 1.0) -> tuple[Any, Tensor, Tensor]:
    """A cell with known parameters, inputs and hidden states, all sizes different."""
    batch, features, hidden = draw.sizes(3)
    cell = student.GRUCell(features, hidden)
    draw.fill(cell, scale=0.8)
    x = draw.normal(batch, features, scale=scale, requires_grad=True)
    h = draw.normal(batch, hidden, scale=scale, requires_grad=True)
    return cell, x, h


gru_cell = question("1.2", _CELL, ban=GRU)


@gru_cell.check(points=1.5, cases=4)
def gru_cell_values(student: Any, draw: Draw) -> Observed:
    """The next hidden state by the four equations, gates in the order r, z, n."""
    cell, x, h = _cell(student, draw)
    return observe(cell(x, h), unchanged={"inputs": x, "hidden": h})


@gru_cell.check(points=0.75, cases=1)
def gru_cell_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach both arguments and all four parameters."""
    cell, x, h = _cell(student, draw)
    return observe(cell(x, h), grad_of={"inputs": x, "hidden": h, **dict(cell.named_parameters())})


@gru_cell.check(points=0.75)
def gru_cell_edges(student: Any, draw: Draw) -> Observed:
    """A batch of one, one feature, gates fully open or shut, and several steps in a row."""
    cell, x, h = _cell(student, draw)
    large, x_large, h_large = _cell(student, draw, scale=40.0)
    one_feature = student.GRUCell(1, 1)
    draw.derived("one feature").fill(one_feature)
    state = h
    for _ in range(3):
        state = cell(x, state)
    return observe(
        batch_of_one=cell(x[:1], h[:1]),
        one_feature=one_feature(x[:, :1], h[:, :1]),
        strided=cell.eval()(x.mT.contiguous().mT, h.mT.contiguous().mT),
        saturated_gates=large(x_large, h_large),
        after_three_steps=state,
    )
