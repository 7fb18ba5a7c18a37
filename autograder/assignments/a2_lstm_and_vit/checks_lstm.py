"""Problem 1: an LSTM language model."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from autograder.kit.checks import Draw, Observed, StandIns, gradients, observe, pair, question

_FORWARD, _LOSS = "lstm_solution:LSTM.forward", "lstm_solution:LSTM.loss"
_FORM = "(log_probas, (h, c))"


def _model(student: Any, draw: Draw, num_layers: int) -> tuple[Any, Tensor, tuple[Tensor, Tensor]]:
    """A small model with random parameters, token ids (B, T), and states that are not zero."""
    batch, length, vocabulary, embedding, hidden = draw.sizes(5, 4, 11)
    model = student.LSTM(vocabulary, embedding, hidden, num_layers, learn_embeddings=True)
    draw.fill(model)
    inputs = draw.integers(0, vocabulary - 1, batch, length)
    states = [draw.normal(num_layers, batch, hidden, requires_grad=True) for _ in range(2)]
    return model, inputs, (states[0], states[1])


lstm_forward = question("1.1", _FORWARD)


@lstm_forward.check(points=2)
def lstm_forward_log_probas(student: Any, draw: Draw) -> Observed:
    """The log-probabilities of the next tokens have the right values."""
    model, inputs, states = _model(student, draw, num_layers=1)
    log_probas, _ = pair(model(inputs, states), _FORM)
    return observe(log_probas, unchanged={"h_0": states[0], "c_0": states[1]})


@lstm_forward.check(points=1)
def lstm_forward_states(student: Any, draw: Draw) -> Observed:
    """The last hidden and cell states are returned, for any number of layers."""
    model, inputs, states = _model(student, draw, num_layers=draw.integer(2, 3))
    h, c = pair(pair(model(inputs, states), _FORM)[1], "(h, c)")
    return observe(h=h, c=c)


@lstm_forward.check(points=1)
def lstm_forward_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach the initial states and the embedding, LSTM and classifier parameters."""
    model, inputs, states = _model(student, draw, num_layers=2)
    log_probas, (h, c) = pair(model(inputs, states), _FORM)
    wanted = {
        "h_0": states[0],
        "c_0": states[1],
        "embedding.weight": model.embedding.weight,
        "lstm.weight_ih_l0": model.lstm.weight_ih_l0,
        "classifier[0].weight": model.classifier[0].weight,
    }
    through_states = gradients(torch.cat([h, c]), {"h_0": states[0], "c_0": states[1]})
    named: dict[str, Any] = {
        f"gradient of (h, c) with respect to {k}": v for k, v in through_states.items()
    }
    return observe(log_probas, grad_of=wanted, **named)


@lstm_forward.check(points=1)
def lstm_forward_edges(student: Any, draw: Draw) -> Observed:
    """A batch of one, one step, logits so large that log(softmax(x)) overflows, the dtype."""
    model, inputs, states = _model(student, draw, num_layers=1)
    with torch.no_grad():
        model.classifier[0].weight.mul_(300)
    first = (states[0][:, :1].detach(), states[1][:, :1].detach())
    log_probas, (h, _) = pair(model(inputs[:1], first), _FORM)
    one_step, (_, c) = pair(model(inputs[:1, :1], first), _FORM)
    return observe(log_probas, dtype=True, h=h, one_step=one_step, c_of_one_step=c)


# --- loss ---------------------------------------------------------------------------------------


def _without_init(stand_ins: StandIns, draw: Draw) -> None:
    """An LSTM that is never built: `loss` needs nothing of it."""

    def init(self: nn.Module, *args: object, **kwargs: object) -> None:
        nn.Module.__init__(self)

    stand_ins.replace("LSTM.__init__", init)


def _predictions(draw: Draw) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Logits and log-probabilities (B, T, V), targets with the id 0 among them, unequal masks."""
    batch, length, vocabulary = draw.sizes(3, 3, 8)
    logits = draw.normal(batch, length, vocabulary, requires_grad=True)
    targets = draw.integers(0, vocabulary - 1, batch, length)
    targets[:, 0] = torch.arange(batch) % 2  # a real token with id 0 in every other sequence
    return logits, logits.log_softmax(-1), targets, draw.prefix_mask(batch, length)


lstm_loss = question("1.2", _LOSS, stand_ins=_without_init)


@lstm_loss.check(points=2)
def lstm_loss_values(student: Any, draw: Draw) -> Observed:
    """The mean over sequences of each sequence's mean over its real tokens."""
    model = student.LSTM(7, 3, 5, 1, True)
    _, log_probas, targets, mask = _predictions(draw)
    loss = model.loss(log_probas, targets, mask)
    return observe(loss, unchanged={"log_probas": log_probas, "targets": targets, "mask": mask})


@lstm_loss.check(points=1)
def lstm_loss_gradients(student: Any, draw: Draw) -> Observed:
    """The gradient with respect to the logits is right, and zero at the padding."""
    model = student.LSTM(7, 3, 5, 1, True)
    logits, log_probas, targets, mask = _predictions(draw)
    loss = model.loss(log_probas, targets, mask)
    return observe(loss, dtype=True, grad_of={"the logits": logits})


@lstm_loss.check(points=1)
def lstm_loss_masks(student: Any, draw: Draw) -> Observed:
    """Integer and boolean masks, a mask of ones, a batch of one, and one step."""
    model = student.LSTM(7, 3, 5, 1, True)
    _, log_probas, targets, mask = _predictions(draw)
    return observe(
        boolean=model.loss(log_probas, targets, mask.bool()),
        integer=model.loss(log_probas, targets, mask.long()),
        no_padding=model.loss(log_probas, targets, torch.ones_like(mask)),
        batch_of_one=model.loss(log_probas[:1], targets[:1], mask[:1]),
        one_step=model.loss(log_probas[:, :1], targets[:, :1], mask[:, :1]),
    )
