"""Known mistakes of task 5.3: accuracy, training, evaluation."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from autograder.kit.mistakes import misconception

_FILE = "sentiment_solution"
_ACCURACY, _TRAIN = f"{_FILE}:binary_accuracy", f"{_FILE}:train_epoch"
_EVALUATE, _FIT = f"{_FILE}:evaluate", f"{_FILE}:fit"


def _accuracy(answer: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        reference.binary_accuracy = answer

    return patch


@misconception(_ACCURACY, hint="The threshold 0.5 is for probabilities; these are logits.")
def threshold_on_logits(reference: Any) -> None:
    _accuracy(lambda logits, labels: ((logits > 0.5) == (labels == 1)).float().mean())(reference)


@misconception(_ACCURACY, hint="The number of right predictions comes back; the share is meant.")
def count_of_right(reference: Any) -> None:
    _accuracy(lambda logits, labels: ((logits > 0) == (labels == 1)).float().sum())(reference)


@misconception(_ACCURACY, hint="The accuracy is in percent; from 0 to 1 is asked for.")
def in_percent(reference: Any) -> None:
    _accuracy(lambda logits, labels: 100 * ((logits > 0) == (labels == 1)).float().mean())(
        reference
    )


@misconception(_ACCURACY, hint="A probability of 0.5 is not above 0.5.")
def half_counts_as_positive(reference: Any) -> None:
    _accuracy(lambda logits, labels: ((logits >= 0) == (labels == 1)).float().mean())(reference)


@misconception(_ACCURACY, hint="This is the share of wrong predictions.")
def share_of_wrong(reference: Any) -> None:
    _accuracy(lambda logits, labels: ((logits > 0) != (labels == 1)).float().mean())(reference)


def _epoch(
    reference: Any,
    zero: str = "before",
    mode: bool | None = True,
    steps: bool = True,
    weigh: Callable[[Tensor], int] = len,
    sums: bool = False,
) -> Any:
    """`train_epoch` with changes; gradients are set to zero "before", "once" or "never"."""

    def train_epoch(model: nn.Module, batches: Any, optimizer: Any, criterion: Any) -> Any:
        if mode is not None:
            model.train(mode)
        loss_sum, right, count = 0.0, 0.0, 0
        if zero == "once":
            optimizer.zero_grad()
        for input_ids, attention_mask, labels in batches:
            logits = model(input_ids, attention_mask).squeeze(1)
            loss = criterion(logits, labels)
            if zero == "before":
                optimizer.zero_grad()
            loss.backward()
            if steps:
                optimizer.step()
            loss_sum += float(loss.detach()) * weigh(labels)
            right += float(reference.binary_accuracy(logits, labels)) * weigh(labels)
            count += weigh(labels)
        if not steps:
            optimizer.step()
        return (loss_sum, right) if sums else (loss_sum / count, right / count)

    return train_epoch


@misconception(_TRAIN, hint="Gradients are never set to zero, so they add up over the batches.")
def gradients_never_zeroed(reference: Any) -> None:
    reference.train_epoch = _epoch(reference, zero="never")


@misconception(_TRAIN, hint="Gradients are set to zero once an epoch; each batch needs it.")
def gradients_zeroed_once(reference: Any) -> None:
    reference.train_epoch = _epoch(reference, zero="once")


@misconception(_TRAIN, hint="Training mode is not turned on.")
def training_mode_missing(reference: Any) -> None:
    reference.train_epoch = _epoch(reference, mode=None)


@misconception(_TRAIN, hint="There is one step at the end; each batch is to have its own.")
def one_step_an_epoch(reference: Any) -> None:
    reference.train_epoch = _epoch(reference, zero="once", steps=False)


@misconception(
    _TRAIN,
    hint="Means of batches are averaged, so reviews in a short last batch "
    "count for more: weigh by the number of reviews.",
)
def batches_weighed_alike(reference: Any) -> None:
    reference.train_epoch = _epoch(reference, weigh=lambda labels: 1)


@misconception(_TRAIN, hint="Sums over the reviews come back; means are asked for.")
def sums_returned(reference: Any) -> None:
    reference.train_epoch = _epoch(reference, sums=True)


def _evaluate(
    reference: Any,
    mode: bool | None = False,
    grads: bool = False,
    weigh: Callable[[Tensor], int] = len,
    order: int = 1,
) -> None:
    def evaluate(model: nn.Module, batches: Any, criterion: Any) -> Any:
        if mode is not None:
            model.train(mode)
        loss_sum, right, count = 0.0, 0.0, 0
        with torch.set_grad_enabled(grads):
            for input_ids, attention_mask, labels in batches:
                logits = model(input_ids, attention_mask).squeeze(1)
                loss_sum += float(criterion(logits, labels)) * weigh(labels)
                right += float(reference.binary_accuracy(logits, labels)) * weigh(labels)
                count += weigh(labels)
        return (loss_sum / count, right / count)[::order]

    reference.evaluate = evaluate


@misconception(_EVALUATE, hint="Evaluation mode is not turned on: dropout stays on.")
def evaluation_mode_missing(reference: Any) -> None:
    _evaluate(reference, mode=None)


@misconception(_EVALUATE, hint="Gradients are recorded while evaluating: use torch.no_grad.")
def evaluated_with_gradients(reference: Any) -> None:
    _evaluate(reference, grads=True)


@misconception(
    _EVALUATE,
    hint="Means of batches are averaged, so reviews in a short last batch "
    "count for more: weigh by the number of reviews.",
)
def evaluated_batch_by_batch(reference: Any) -> None:
    _evaluate(reference, weigh=lambda labels: 1)


@misconception(_EVALUATE, hint="Loss and accuracy are exchanged.")
def loss_and_accuracy_exchanged(reference: Any) -> None:
    _evaluate(reference, order=-1)


def _fit(
    reference: Any,
    better: Callable[[float, list[float]], bool] = lambda loss, earlier: loss < min(earlier),
    keep: Callable[[Any], Any] = copy.deepcopy,
    restore: bool = True,
) -> None:
    def fit(
        model: nn.Module, learn: Any, valid: Any, optimizer: Any, criterion: Any, epochs: int
    ) -> list[float]:
        losses: list[float] = []
        best = keep(model.state_dict())
        for _ in range(epochs):
            reference.train_epoch(model, learn, optimizer, criterion)
            loss, _accuracy = reference.evaluate(model, valid, criterion)
            if not losses or better(loss, losses):
                best = keep(model.state_dict())
            losses.append(loss)
        if restore:
            model.load_state_dict(best)
        return losses

    reference.fit = fit


@misconception(
    _FIT,
    hint="The model ends with the weights of its last epoch. Keep a copy of the best ones, "
    "not a reference to them, and load it at the end.",
)
def last_weights_kept(reference: Any) -> None:
    _fit(reference, restore=False)


@misconception(_FIT, hint="You validate on the training batches; the validation batches count.")
def validated_on_training_batches(reference: Any) -> None:
    right = reference.fit
    reference.fit = lambda model, learn, valid, *others: right(model, learn, learn, *others)


@misconception(_FIT, hint="The worst epoch's weights are kept: a lower loss is better.")
def worst_epoch_kept(reference: Any) -> None:
    _fit(reference, better=lambda loss, earlier: loss > max(earlier))


@misconception(_FIT, hint="Of equally good epochs the last one is kept; the first is asked for.")
def last_of_equals(reference: Any) -> None:
    _fit(reference, better=lambda loss, earlier: loss <= min(earlier))


@misconception(_FIT, hint="Each epoch is compared with the one before it, not with the best.")
def compared_with_the_one_before(reference: Any) -> None:
    _fit(reference, better=lambda loss, earlier: loss < earlier[-1])
