"""Task 5: every blank of the sentiment exercise. None of it needs BERT's weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from autograder.assignments.a3_attention_and_sentiment.encoder import TinyEncoder, TinyTokenizer
from autograder.assignments.a3_attention_and_sentiment.stand_ins import (
    other_accuracy,
    other_epochs,
)
from autograder.kit.checks import (
    ContractBroken,
    Draw,
    Observed,
    fill_parts,
    observe,
    pair,
    question,
)

_FILE = "sentiment_solution"
Batch = tuple[Tensor, Tensor, Tensor]


# --- 5.1 data -----------------------------------------------------------------------------------


vocabulary = question("5.1a", f"{_FILE}:vocabulary_size")


@vocabulary.check(points=0.25, cases=1)
def vocabulary_size(student: Any, draw: Draw) -> Observed:
    """The size of a vocabulary, with entries that were added to it."""
    added = draw.integer(2, 9)
    return observe(
        as_it_comes=student.vocabulary_size(TinyTokenizer()),
        with_added_entries=student.vocabulary_size(TinyTokenizer(added)),
    )


split = question("5.1b", f"{_FILE}:split_reviews")


@split.check(points=0.25, cases=1)
def split_parts(student: Any, draw: Draw) -> Observed:
    """Sizes of both parts; every review in one of them; a mixture; the seed decides."""
    state = torch.get_rng_state()
    form = "(training numbers, validation numbers)"
    train, valid = (_whole(t) for t in pair(student.split_reviews(1000, 0.3, 1), form))
    again, _ = pair(student.split_reviews(1000, 0.3, 1), form)
    other, _ = pair(student.split_reviews(1000, 0.3, 2), form)
    odd, odd_valid = (_whole(t) for t in pair(student.split_reviews(9, 0.2, 0), form))
    ends = [pair(student.split_reviews(4, share, 0), form) for share in (0.0, 1.0)]
    return observe(
        sizes=f"{len(train)} and {len(valid)}",
        sizes_of_9=f"{len(odd)} and {len(odd_valid)}",
        sizes_for_shares_of_0_and_1=str([(len(train), len(valid)) for train, valid in ends]),
        every_review_once=torch.cat([train, valid]).sort().values,
        both_halves_in_the_validation_set=bool(100 < (valid < 500).sum() < 200),
        the_same_for_the_same_seed=torch.equal(train, _whole(again)),
        another_for_another_seed=not torch.equal(train, _whole(other)),
        global_random_numbers_untouched=torch.equal(state, torch.get_rng_state()),
    )


def _whole(found: Any) -> Tensor:
    if not isinstance(found, Tensor) or found.dtype != torch.int64 or found.dim() != 1:
        raise ContractBroken("y is two int64 tensors of one axis; x is something else")
    return found


# --- 5.2 model ----------------------------------------------------------------------------------


def _texts(draw: Draw, rows: int, length: int) -> tuple[Tensor, Tensor]:
    """Token numbers, and a mask of rows of unequal lengths; what is masked is 0, the padding."""
    mask = draw.prefix_mask(rows, length).long()
    return draw.integers(4, 11, rows, length) * mask, mask


def _sentiment(student: Any, draw: Draw, layers: int, both: bool, logits: int = 2) -> Any:
    model = student.BERTGRUSentiment(TinyEncoder(), 5, logits, layers, both, 0.25)
    fill_parts(draw, model, "bert", "rnn", "out")
    return model.eval()


def _logits(student: Any, draw: Draw, layers: int, both: bool) -> Observed:
    model, one_logit = (_sentiment(student, draw, layers, both, count) for count in (2, 1))
    rows, length = draw.sizes(2, 3, 7)
    ids, mask = _texts(draw, rows, length)
    return observe(
        model(ids, mask),
        one_review=model(ids[:1], mask[:1]),
        one_token=model(ids[:, :1], mask[:, :1]),
        one_logit=one_logit(ids, mask),
        strided=model(ids.mT.contiguous().mT, mask.mT.contiguous().mT),
        unchanged={"input_ids": ids, "attention_mask": mask},
    )


forward = question("5.2", f"{_FILE}:BERTGRUSentiment.forward")


@forward.check(points=0.25)
def forward_values(student: Any, draw: Draw) -> Observed:
    """Encoder with its mask, GRU over the tokens, the last layer's final states, `out`."""
    return _logits(student, draw, layers=2, both=True)


@forward.check(points=0.25)
def forward_one_direction(student: Any, draw: Draw) -> Observed:
    """The same with a GRU of one direction, in one layer and in three."""
    one, three = (_logits(student, draw, layers, both=False) for layers in (1, 3))
    return {f"one layer, {name}": seen for name, seen in one.items()} | {
        f"three layers, {name}": seen for name, seen in three.items()
    }


@forward.check(points=0.25, cases=1)
def forward_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach GRU and output, and never the encoder; `dropout` acts before `out`."""
    model = _sentiment(student, draw, layers=2, both=True)
    ids, mask = _texts(draw, 3, 5)
    weights = {f"rnn.{name}": weight for name, weight in model.rnn.named_parameters()}
    weights |= {"out.weight": model.out.weight, "out.bias": model.out.bias}
    weights |= {"the encoder's words": model.bert.embeddings.word_embeddings.weight}
    seen = observe(model(ids, mask), grad_of=weights)
    model.train()
    model.rnn.eval()
    model.dropout.p = 1.0
    seen["output where dropout leaves nothing"] = model(ids, mask)
    return seen


build = question("5.2a", f"{_FILE}:build_model")


@build.check(points=0.25, cases=1)
def build_model(student: Any, draw: Draw) -> Observed:
    """Layers, directions, sizes and dropout of the model of the exercise."""
    encoder = TinyEncoder(width=6)
    model = student.build_model(encoder)
    rnn = model.rnn
    return observe(
        encoder_is_the_one_given=model.bert is encoder,
        hidden_features=rnn.hidden_size,
        layers=rnn.num_layers,
        bidirectional=rnn.bidirectional,
        logits=model.out.out_features,
        dropout=float(model.dropout.p),
    )


sentiment_count = question("5.2b", f"{_FILE}:count_parameters")


@sentiment_count.check(points=0.25, cases=1)
def sentiment_count_values(student: Any, draw: Draw) -> Observed:
    """How many numbers are learnt: of the whole model, and once part of it is frozen."""
    model = nn.Sequential(nn.Embedding(5, 3), nn.GRU(3, 4), nn.Linear(4, 1))
    before = student.count_parameters(model)
    model[0].requires_grad_(False)
    return observe(all_learnt=before, first_part_frozen=student.count_parameters(model))


freeze = question("5.2c", f"{_FILE}:freeze_encoder")


@freeze.check(points=0.25, cases=1)
def freeze_encoder(student: Any, draw: Draw) -> Observed:
    """The encoder's parameters are frozen, all of them and no others."""
    model = nn.Module()
    model.bert, model.rnn, model.out = TinyEncoder(), nn.GRU(6, 4), nn.Linear(4, 1)
    student.freeze_encoder(model)
    learnt = [name for name, p in model.named_parameters() if p.requires_grad]
    return observe(learnt=", ".join(learnt))


# --- 5.3 training -------------------------------------------------------------------------------


class _Model(nn.Module):
    """A model for the training functions: not the student's, so that only they are graded."""

    running_mean: Tensor

    def __init__(self, draw: Draw) -> None:
        super().__init__()
        self.words, self.out = nn.Embedding(12, 4), nn.Linear(4, 1)
        self.register_buffer("running_mean", torch.zeros(4))  # as in a batch norm
        draw.fill(self)
        self.modes: list[str] = []

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(B, T), (B, T) -> (B, 1), and a note on the mode and on gradients."""
        kept = attention_mask.unsqueeze(2).to(self.out.weight.dtype)
        mean = (self.words(input_ids) * kept).sum(dim=1) / kept.sum(dim=1)
        if self.training:
            mean = mean * 1.5  # what dropout would change, without its randomness
            self.running_mean.lerp_(mean.detach().mean(dim=0), 0.1)
        logits: Tensor = self.out(mean - self.running_mean)
        grads = "with gradients" if logits.requires_grad else "without gradients"
        self.modes.append(f"{'training' if self.training else 'evaluation'} mode {grads}")
        return logits


def _criterion(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))


def _batches(draw: Draw) -> list[Batch]:
    """Three batches, the last one of one review."""
    found = []
    for rows in (6, 4, 1):
        ids, mask = _texts(draw, rows, 5)
        found.append((ids, mask, draw.integers(0, 1, rows).float()))
    return found


def _once(batches: list[Batch]) -> Iterator[Batch]:
    """Batches without a length, to be gone through once."""
    yield from batches


def _results(found: Any) -> Observed:
    loss, accuracy = pair(found, "(loss, accuracy)")
    if not all(isinstance(number, (float, int)) for number in (loss, accuracy)):
        kinds = f"({type(loss).__name__}, {type(accuracy).__name__})"
        raise ContractBroken(f"y is the pair (loss, accuracy) of two floats; x is {kinds}")
    return {"loss": torch.tensor(float(loss)), "accuracy": torch.tensor(float(accuracy))}


binary_accuracy = question("5.3a", f"{_FILE}:binary_accuracy")


@binary_accuracy.check(points=0.25, cases=4)
def binary_accuracy_values(student: Any, draw: Draw) -> Observed:
    """The share of right predictions; a probability of 0.5 is not above 0.5."""
    logits = draw.normal(draw.integer(5, 11))
    logits[0] = 0.0
    labels = draw.integers(0, 1, len(logits)).to(draw.dtype)
    found = student.binary_accuracy(logits, labels)
    if not isinstance(found, Tensor) or found.dim():
        raise ContractBroken("y is a tensor of no dimensions; x is something else")
    one_right = student.binary_accuracy(logits[1:2], (logits[1:2] > 0).to(draw.dtype))
    strided = student.binary_accuracy(logits[::2], labels[::2])
    return observe(
        found.double(),
        one_right=one_right.double(),
        strided=strided.double(),
        unchanged={"logits": logits, "labels": labels},
    )


train = question("5.3b", f"{_FILE}:train_epoch", stand_ins=other_accuracy)


@train.check(points=0.25)
def train_step(student: Any, draw: Draw) -> Observed:
    """One step for every batch, in training mode; gradients left over do not count."""
    model = _Model(draw)
    model.eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    model.out.weight.grad = torch.ones_like(model.out.weight)
    batches = _batches(draw)
    student.train_epoch(model, _once(batches), optimizer, _criterion)
    return observe(
        modes=", ".join(model.modes),
        weights_afterwards=model.out.weight,
        embeddings_afterwards=model.words.weight,
        unchanged={"attention_mask": batches[0][1], "labels": batches[0][2]},
    )


@train.check(points=0.25, cases=2)
def train_figures(student: Any, draw: Draw) -> Observed:
    """Mean loss and accuracy over reviews, as two floats; a short last batch counts less."""
    model = _Model(draw)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return _results(student.train_epoch(model, _once(_batches(draw)), optimizer, _criterion))


evaluate = question("5.3c", f"{_FILE}:evaluate", stand_ins=other_accuracy)


@evaluate.check(points=0.25, cases=2)
def evaluate_figures(student: Any, draw: Draw) -> Observed:
    """Mean loss and accuracy over reviews, as two floats."""
    model = _Model(draw)
    model.train()
    return _results(student.evaluate(model, _once(_batches(draw)), _criterion))


@evaluate.check(points=0.25, cases=1)
def evaluate_mode(student: Any, draw: Draw) -> Observed:
    """Evaluation mode, no gradients, and no change to weights and statistics."""
    model, batches = _Model(draw), _batches(draw)
    model.train()
    student.evaluate(model, _once(batches), _criterion)
    return observe(
        unchanged={"attention_mask": batches[0][1], "labels": batches[0][2]},
        modes=", ".join(model.modes),
        gradients=sum(p.grad is not None for p in model.parameters()),
        weights_afterwards=model.out.weight,
        statistics_afterwards=model.running_mean,
    )


def _fit(student: Any, draw: Draw, epochs: int) -> Observed:
    model = _Model(draw)
    optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
    learn, validate = _batches(draw), _batches(draw.derived("validation"))
    losses = student.fit(model, learn, validate, optimizer, _criterion, epochs)
    if not isinstance(losses, list) or not all(isinstance(one, float) for one in losses):
        raise ContractBroken("y is a list of floats, one for every epoch; x is something else")
    return {"validation losses": torch.tensor(losses), "weights afterwards": model.out.weight}


fit = question("5.3d", f"{_FILE}:fit", stand_ins=other_epochs, own=False)


@fit.check(points=0.25, cases=1)
def fit_best(student: Any, draw: Draw) -> Observed:
    """The losses of all epochs, and at the end the weights of the best one."""
    return _fit(student, draw, 7)


# --- 5.4 use ------------------------------------------------------------------------------------


predict = question("5.4a", f"{_FILE}:predict_sentiment")


@predict.check(points=0.25, cases=1)
def predict_values(student: Any, draw: Draw) -> Observed:
    """The probability of a short and of a very long review; evaluation mode, no gradients."""
    model = _Model(draw)
    model.train()
    ask = student.predict_sentiment
    seen = {
        "a short review": ask(model, TinyTokenizer(), "a very good film"),
        "an empty review": ask(model, TinyTokenizer(), ""),
        "cut to 6 tokens": ask(model, TinyTokenizer(), "not bad not dull very good", max_length=6),
        "longer than 512 tokens": ask(model, TinyTokenizer(), "good " * 300 + "bad " * 900),
    }
    for name, number in seen.items():
        if not isinstance(number, float):
            raise ContractBroken(f"{name}: y is a float; x is a {type(number).__name__}")
    return observe(**seen, modes=", ".join(model.modes))


sentiment = question("5.4b", f"{_FILE}:sentiment")


@sentiment.check(points=0.25, cases=1)
def sentiment_labels(student: Any, draw: Draw) -> Observed:
    """The label of probabilities below, at and above one half."""
    asked = (0.0, 0.31, 0.5, 0.5001, 1.0)
    return observe(**{f"probability {p}": student.sentiment(p) for p in asked})
