"""Known mistakes of task 5: data, model and use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from autograder.kit.mistakes import misconception

_FILE = "sentiment_solution"
_VOCABULARY, _SPLIT = f"{_FILE}:vocabulary_size", f"{_FILE}:split_reviews"
_FORWARD, _BUILD = f"{_FILE}:BERTGRUSentiment.forward", f"{_FILE}:build_model"
_COUNT, _FREEZE = f"{_FILE}:count_parameters", f"{_FILE}:freeze_encoder"
_PREDICT, _LABEL = f"{_FILE}:predict_sentiment", f"{_FILE}:sentiment"


@misconception(_VOCABULARY, hint="Entries that were added to the vocabulary are not counted.")
def added_entries_left_out(reference: Any) -> None:
    reference.vocabulary_size = lambda tokenizer: tokenizer.vocab_size


@misconception(_VOCABULARY, hint="This number was typed in, for one tokenizer; ask the tokenizer.")
def vocabulary_typed_in(reference: Any) -> None:
    reference.vocabulary_size = lambda tokenizer: 30522


@misconception(_VOCABULARY, hint="The largest number of an entry is one less than their count.")
def largest_number(reference: Any) -> None:
    reference.vocabulary_size = lambda tokenizer: max(tokenizer.get_vocab().values())


# --- split --------------------------------------------------------------------------------------


@misconception(_SPLIT, hint="The reviews are not shuffled, so one part has mostly negative ones.")
def not_shuffled(reference: Any) -> None:
    def split(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
        numbers, cut = torch.arange(count), round(count * share)
        return numbers[cut:], numbers[:cut]

    reference.split_reviews = split


@misconception(_SPLIT, hint="Training and validation are exchanged.")
def parts_exchanged(reference: Any) -> None:
    right = reference.split_reviews
    reference.split_reviews = lambda *content: right(*content)[::-1]


@misconception(_SPLIT, hint="The seed is not used: every split is the same.")
def seed_ignored(reference: Any) -> None:
    right = reference.split_reviews
    reference.split_reviews = lambda count, share, seed: right(count, share, 0)


@misconception(
    _SPLIT,
    hint="torch's global random numbers are used or seeded; a generator of "
    "its own leaves them alone.",
)
def global_seed(reference: Any) -> None:
    def split(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
        torch.manual_seed(seed)
        order, cut = torch.randperm(count), round(count * share)
        return order[cut:], order[:cut]

    reference.split_reviews = split


@misconception(_SPLIT, hint="Some reviews are in both parts.")
def parts_overlap(reference: Any) -> None:
    right = reference.split_reviews

    def split(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
        _, valid = right(count, share, seed)
        generator = torch.Generator().manual_seed(seed + 1)
        return torch.randperm(count, generator=generator)[len(valid) :], valid

    reference.split_reviews = split


@misconception(_SPLIT, hint="The number of validation reviews is cut off; it is to be rounded.")
def size_cut_off(reference: Any) -> None:
    def split(count: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
        order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
        return order[int(count * share) :], order[: int(count * share)]

    reference.split_reviews = split


# --- model --------------------------------------------------------------------------------------


def _forward(
    reference: Any,
    mask: bool = True,
    pack: bool = True,
    read: Callable[[Any, Tensor], Tensor] | None = None,
    frozen: bool = True,
    drop: bool = True,
) -> None:
    def forward(self: Any, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        given = {"attention_mask": attention_mask} if mask else {}
        with torch.set_grad_enabled(not frozen):
            tokens = self.bert(input_ids=input_ids, **given).last_hidden_state
        if pack:
            lengths = attention_mask.sum(dim=1)
            tokens = nn.utils.rnn.pack_padded_sequence(
                tokens, lengths, batch_first=True, enforce_sorted=False
            )
        states = self.rnn(tokens)[1]
        directions = 1 + self.rnn.bidirectional
        final = read(self, states) if read else torch.cat(list(states[-directions:]), dim=1)
        return self.out(self.dropout(final) if drop else final)

    reference.BERTGRUSentiment.forward = forward


@misconception(_FORWARD, hint="The attention mask is not passed on to the encoder.")
def mask_not_passed_on(reference: Any) -> None:
    _forward(reference, mask=False)


@misconception(_FORWARD, hint="The GRU reads the padding as well: pack the sequences.")
def padding_read(reference: Any) -> None:
    _forward(reference, pack=False)


@misconception(_FORWARD, hint="The mask is not used at all: neither by the encoder nor by the GRU.")
def mask_ignored(reference: Any) -> None:
    _forward(reference, mask=False, pack=False)


@misconception(_FORWARD, hint="Of both directions only the backward state is used.")
def backward_state_only(reference: Any) -> None:
    def read(self: Any, states: Tensor) -> Tensor:
        both = 1 + self.rnn.bidirectional
        return torch.cat([states[-1]] * both, dim=1)

    _forward(reference, read=read)


@misconception(_FORWARD, hint="The two directions are laid end to end in the wrong order.")
def directions_exchanged(reference: Any) -> None:
    def read(self: Any, states: Tensor) -> Tensor:
        return torch.cat(list(states[-1 - self.rnn.bidirectional :].flip(0)), dim=1)

    _forward(reference, read=read)


@misconception(_FORWARD, hint="These are the states of the first layer; the last one's are meant.")
def first_layer_read(reference: Any) -> None:
    def read(self: Any, states: Tensor) -> Tensor:
        return torch.cat(list(states[: 1 + self.rnn.bidirectional]), dim=1)

    _forward(reference, read=read)


@misconception(_FORWARD, hint="The encoder runs with gradients; it is frozen: torch.no_grad.")
def encoder_with_gradients(reference: Any) -> None:
    _forward(reference, frozen=False)


@misconception(_FORWARD, hint="`dropout` is not used before `out`.")
def dropout_left_out(reference: Any) -> None:
    _forward(reference, drop=False)


@misconception(_FORWARD, hint="All of forward runs without gradients, so nothing is ever learnt.")
def nothing_is_learnt(reference: Any) -> None:
    right = reference.BERTGRUSentiment.forward

    def forward(self: Any, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        with torch.no_grad():
            return right(self, input_ids, attention_mask)

    reference.BERTGRUSentiment.forward = forward


def _build(**changed: Any) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        content = {
            "hidden_dim": 256,
            "output_dim": 1,
            "n_layers": 2,
            "bidirectional": True,
            "dropout": 0.25,
            **changed,
        }
        reference.build_model = lambda encoder: reference.BERTGRUSentiment(encoder, **content)

    return patch


@misconception(_BUILD, hint="The GRU has one layer; two are asked for.")
def one_layer(reference: Any) -> None:
    _build(n_layers=1)(reference)


@misconception(_BUILD, hint="The GRU reads in one direction only.")
def one_direction(reference: Any) -> None:
    _build(bidirectional=False)(reference)


@misconception(_BUILD, hint="There are two logits; for two classes one is asked for.")
def two_logits(reference: Any) -> None:
    _build(output_dim=2)(reference)


@misconception(_BUILD, hint="The dropout is 0.5; 0.25 is asked for.")
def half_dropped(reference: Any) -> None:
    _build(dropout=0.5)(reference)


@misconception(_BUILD, hint="The state has 128 features in each direction; 256 are asked for.")
def hidden_128(reference: Any) -> None:
    _build(hidden_dim=128)(reference)


@misconception(_COUNT, hint="Frozen parameters are counted, too.")
def frozen_counted(reference: Any) -> None:
    reference.count_parameters = lambda model: sum(p.numel() for p in model.parameters())


@misconception(_COUNT, hint="These are tensors, not numbers: each has many.")
def tensors_counted(reference: Any) -> None:
    reference.count_parameters = lambda model: sum(p.requires_grad for p in model.parameters())


def _freeze(which: Callable[[str], bool]) -> Callable[[Any], None]:
    def patch(reference: Any) -> None:
        def freeze(model: nn.Module) -> None:
            for name, parameter in model.named_parameters():
                parameter.requires_grad_(not which(name))

        reference.freeze_encoder = freeze

    return patch


@misconception(_FREEZE, hint="Everything is frozen, GRU and output too.")
def all_frozen(reference: Any) -> None:
    _freeze(lambda name: True)(reference)


@misconception(_FREEZE, hint="All but the encoder is frozen: it is the other way round.")
def frozen_the_wrong_way(reference: Any) -> None:
    _freeze(lambda name: not name.startswith("bert"))(reference)


@misconception(_FREEZE, hint="Only the embeddings of the encoder are frozen.")
def embeddings_frozen(reference: Any) -> None:
    _freeze(lambda name: name.startswith("bert.embeddings"))(reference)


@misconception(
    _FREEZE,
    hint="Nothing is frozen: requires_grad belongs to parameters. Set on a "
    "module it is a name without effect.",
)
def frozen_by_attribute(reference: Any) -> None:
    def freeze(model: Any) -> None:
        model.bert.requires_grad = False

    reference.freeze_encoder = freeze


# --- use ----------------------------------------------------------------------------------------


def _predict(
    reference: Any,
    content: Callable[[int], dict[str, Any]],
    answer: Any = None,
    train: bool = False,
) -> None:
    def predict(model: nn.Module, tokenizer: Any, review: str, max_length: int = 512) -> float:
        model.train(train)
        found = tokenizer(review, return_tensors="pt", **content(max_length))
        with torch.no_grad():
            logit = model(found["input_ids"], found["attention_mask"])
        return float((answer or torch.sigmoid)(logit))

    reference.predict_sentiment = predict


def _cut(length: int) -> dict[str, Any]:
    return {"truncation": True, "max_length": length}


@misconception(_PREDICT, hint="The review is not cut to `max_length`.")
def review_not_cut(reference: Any) -> None:
    _predict(reference, lambda length: {})


@misconception(_PREDICT, hint="The review is always cut to 512 tokens; cut it to `max_length`.")
def always_cut_to_512(reference: Any) -> None:
    _predict(reference, lambda length: _cut(512))


@misconception(
    _PREDICT,
    hint="Two tokens too many are cut off: `max_length` includes the special tokens already.",
)
def cut_twice(reference: Any) -> None:
    _predict(reference, lambda length: _cut(length - 2))


@misconception(_PREDICT, hint="This is the logit; a probability is asked for.")
def logit_returned(reference: Any) -> None:
    _predict(reference, _cut, lambda logit: logit)


@misconception(_PREDICT, hint="This is the probability that the review is negative.")
def probability_of_negative(reference: Any) -> None:
    _predict(reference, _cut, lambda logit: torch.sigmoid(-logit))


@misconception(_PREDICT, hint="The model is in training mode, with its dropout on.")
def predicted_in_training_mode(reference: Any) -> None:
    _predict(reference, _cut, train=True)


@misconception(_LABEL, hint="The labels are the wrong way round: LABELS[0] is negative.")
def labels_exchanged(reference: Any) -> None:
    reference.sentiment = lambda p: reference.LABELS[int(p <= 0.5)]


@misconception(_LABEL, hint="0.5 is not above 0.5.")
def half_is_positive(reference: Any) -> None:
    reference.sentiment = lambda p: reference.LABELS[int(p >= 0.5)]


@misconception(_LABEL, hint="The number of the label comes back; its name is asked for.")
def number_of_the_label(reference: Any) -> None:
    reference.sentiment = lambda p: int(p > 0.5)
