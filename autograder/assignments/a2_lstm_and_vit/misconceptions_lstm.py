"""Known mistakes in the LSTM language model."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.kit.mistakes import misconception

_FORWARD, _LOSS = "lstm_solution:LSTM.forward", "lstm_solution:LSTM.loss"


@misconception(
    _FORWARD,
    hint="These are logits. Probabilities sum to one after exp: normalise over the vocabulary, "
    "in the logarithmic form that does not overflow.",
)
def logits_returned(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden_states: Any) -> Any:
        outputs, states = self.lstm(self.embedding(inputs), hidden_states)
        return self.classifier(outputs), states

    reference.LSTM.forward = forward


@misconception(
    _FORWARD,
    hint="These are probabilities; the docstring asks for their logarithms.",
)
def probabilities_returned(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden_states: Any) -> Any:
        outputs, states = self.lstm(self.embedding(inputs), hidden_states)
        return self.classifier(outputs).softmax(-1), states

    reference.LSTM.forward = forward


@misconception(
    _FORWARD,
    hint="The logarithms are normalised over the sequence. For each position it is the words of "
    "the vocabulary whose probabilities sum to one: the last axis.",
)
def softmax_over_the_sequence(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden_states: Any) -> Any:
        outputs, states = self.lstm(self.embedding(inputs), hidden_states)
        return self.classifier(outputs).log_softmax(1), states

    reference.LSTM.forward = forward


@misconception(
    _FORWARD,
    hint="log(softmax(x)) becomes log(0) for large logits. Use the one function that does both.",
)
def log_of_softmax(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden_states: Any) -> Any:
        outputs, states = self.lstm(self.embedding(inputs), hidden_states)
        return self.classifier(outputs).softmax(-1).log(), states

    reference.LSTM.forward = forward


@misconception(
    _FORWARD,
    hint="The LSTM always starts from zeros: pass hidden_states on to self.lstm.",
)
def initial_state_ignored(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden_states: Any) -> Any:
        outputs, states = self.lstm(self.embedding(inputs))
        return self.classifier(outputs).log_softmax(-1), states

    reference.LSTM.forward = forward


@misconception(
    _FORWARD,
    hint="The states that were put in are returned; return the ones that came out of self.lstm.",
)
def initial_state_returned(reference: Any) -> None:
    def forward(self: Any, inputs: Tensor, hidden_states: Any) -> Any:
        outputs, _ = self.lstm(self.embedding(inputs), hidden_states)
        return self.classifier(outputs).log_softmax(-1), hidden_states

    reference.LSTM.forward = forward


# --- loss: each mistake is another way to reduce the same negative log-likelihoods --------------


def _nll(log_probas: Tensor, targets: Tensor) -> Tensor:
    return -log_probas.gather(2, targets.unsqueeze(2)).squeeze(2)


@misconception(
    _LOSS,
    hint="Padding is counted as if it were text. Only positions where the mask is 1 belong to "
    "the loss, above and below the fraction bar.",
)
def mask_ignored(reference: Any) -> None:
    reference.LSTM.loss = lambda self, log_probas, targets, mask: _nll(log_probas, targets).mean()


@misconception(
    _LOSS,
    hint="Masked tokens are left out of the sum, but the sum is divided by the padded length T. "
    "Divide by the number of real tokens of the sequence.",
)
def divided_by_padded_length(reference: Any) -> None:
    def loss(self: Any, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        return (_nll(log_probas, targets) * mask).mean()

    reference.LSTM.loss = loss


@misconception(
    _LOSS,
    hint="The mask is in the denominator alone: what stands at padded positions is still summed.",
)
def mask_in_denominator_only(reference: Any) -> None:
    def loss(self: Any, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        return (_nll(log_probas, targets).sum(1) / mask.sum(1)).mean()

    reference.LSTM.loss = loss


@misconception(
    _LOSS,
    hint="This is the mean over all tokens of the batch, in which a long sequence weighs more. "
    "Average within each sequence first, then over the sequences.",
)
def mean_over_all_tokens(reference: Any) -> None:
    def loss(self: Any, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        return (_nll(log_probas, targets) * mask).sum() / mask.sum()

    reference.LSTM.loss = loss


@misconception(
    _LOSS,
    hint="Targets with the id 0 are dropped, but 0 is also a real token: what is padding is said "
    "by the mask, not by the id.",
)
def ignore_index_zero(reference: Any) -> None:
    def loss(self: Any, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        kept = mask * (targets != 0)
        return ((_nll(log_probas, targets) * kept).sum(1) / mask.sum(1)).mean()

    reference.LSTM.loss = loss


@misconception(
    _LOSS,
    hint="Targets with the id 0 are dropped, here by ignore_index=0 over the whole batch; and the "
    "mask is not used. What is padding is said by the mask, not by the id.",
)
def ignore_index_zero_without_mask(reference: Any) -> None:
    def loss(self: Any, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        return F.nll_loss(log_probas.flatten(0, 1), targets.flatten(), ignore_index=0)

    reference.LSTM.loss = loss


@misconception(_LOSS, hint="The sign is flipped: a likelihood to make large is a loss negated.")
def sign_flipped(reference: Any) -> None:
    right = reference.LSTM.loss
    reference.LSTM.loss = lambda *arguments: -right(*arguments)


@misconception(
    _LOSS,
    hint="Sequences are added up; the loss is their mean, so that it does not grow with the batch.",
)
def summed_over_sequences(reference: Any) -> None:
    right = reference.LSTM.loss
    reference.LSTM.loss = lambda *arguments: right(*arguments) * len(arguments[1])


@misconception(
    _LOSS,
    hint="Tokens are added up within a sequence; the loss is their mean over the real tokens.",
)
def summed_over_tokens(reference: Any) -> None:
    def loss(self: Any, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        return (_nll(log_probas, targets) * mask).sum(1).mean()

    reference.LSTM.loss = loss


@misconception(_LOSS, hint="Everything is added up; the loss is a mean of means.")
def summed_over_everything(reference: Any) -> None:
    def loss(self: Any, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        return (_nll(log_probas, targets) * mask).sum()

    reference.LSTM.loss = loss


@misconception(_LOSS, hint="Only the first sequence of the batch is looked at.")
def first_sequence_only(reference: Any) -> None:
    right = reference.LSTM.loss
    reference.LSTM.loss = lambda self, a, b, c: right(self, a[:1], b[:1], c[:1])


@misconception(
    _LOSS,
    hint="A Python number has no gradient. Return the tensor itself, without .item() or float().",
)
def python_float_returned(reference: Any) -> None:
    right = reference.LSTM.loss
    reference.LSTM.loss = lambda *arguments: float(right(*arguments))


@misconception(
    _LOSS,
    hint="reshape cannot move the vocabulary axis: (B, T, V) and (B, V, T) hold the numbers in "
    "another order. Where a function wants the classes on axis 1, transpose.",
)
def reshaped_for_transposed(reference: Any) -> None:
    def loss(self: Any, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        batch, length, vocabulary = log_probas.shape
        mixed = log_probas.reshape(batch, vocabulary, length)
        nll = F.nll_loss(mixed, targets, reduction="none")
        return ((nll * mask).sum(1) / mask.sum(1)).mean()

    reference.LSTM.loss = loss


@misconception(
    _LOSS,
    hint="The vocabulary is not looked up at the targets: every word's log-probability is summed. "
    "Only the word that came counts.",
)
def all_words_summed(reference: Any) -> None:
    def loss(self: Any, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        nll = -log_probas.sum(-1)
        return ((nll * mask).sum(1) / torch.as_tensor(mask).sum(1)).mean()

    reference.LSTM.loss = loss
