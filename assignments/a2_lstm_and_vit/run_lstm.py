"""Trains your LSTM on WikiText-2: the six experiments of problem 1.

    python run_lstm.py --exp 1 --data DIR               one experiment; or several, or `all`
    python run_lstm.py --exp wide --hidden-size 1024    one of your own, under any other name
    python run_lstm.py --smoke                          all six in seconds, tiny and offline

The results go to logs/lstm/exp1/ and so on; `python -m lab.report logs` makes figures and tables of
them. Give the same command again to resume a run that was stopped. Perplexities are per real
token: padding does not count.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab import runner
from lab.machine import set_seed
from lab.settings import Settings, defaults
from lab.text import WIKITEXT2_VOCABULARY, LanguageTask, Tokens, wikitext2
from lab.training import Trainer

import torch
from lstm_solution_template import LSTM

EXPERIMENTS: dict[int, runner.Config] = {
    1: {"layers": 1, "optimizer": "adam"},
    2: {"layers": 1, "optimizer": "adamw"},
    3: {"layers": 1, "optimizer": "sgd"},
    4: {"layers": 1, "optimizer": "momentum"},
    5: {"layers": 2, "optimizer": "adamw"},
    6: {"layers": 4, "optimizer": "adamw"},
}
MODEL = {"layers": 1, "hidden_size": 512, "embedding_size": 768, "embeddings": "",
         "learn_embeddings": None, "embedding_scale": 1.0, "validation_sequences": 0,
         "vocabulary_size": WIKITEXT2_VOCABULARY}  # fmt: skip
DEFAULTS = {**MODEL, **defaults(epochs=10, batch_size=16, lr=1e-3)}
SMOKE = {"hidden_size": 32, "embedding_size": 16, "epochs": 2, "batch_size": 8, "lr": 1e-2,
         "vocabulary_size": 0}  # fmt: skip


def build(config: runner.Config, task: LanguageTask) -> LSTM:
    """The model of an experiment. Embeddings from a file stay as they are by default."""
    learn = config["learn_embeddings"]
    if config["embeddings"]:
        return LSTM.load_embeddings_from(
            config["embeddings"], config["hidden_size"], config["layers"], bool(learn)
        )
    model = LSTM(
        config["vocabulary_size"] or task.vocabulary_size,
        config["embedding_size"],
        config["hidden_size"],
        config["layers"],
        learn_embeddings=learn is not False,
    )
    with torch.no_grad():
        model.embedding.weight *= config["embedding_scale"]
    return model


def run(config: runner.Config, folder: Path, device: torch.device, data: Any) -> dict[str, Any]:
    """Train one configuration."""
    settings = Settings.from_config(config)
    set_seed(settings.seed, settings.deterministic)
    if config["validation_sequences"]:
        data = {**data, "valid": first(data["valid"], config["validation_sequences"])}
    task = LanguageTask(data, device)
    model = build(config, task)
    options = {"model": "lstm", **config}
    return Trainer(model, task, settings, folder, device, options).fit()


def first(tokens: Tokens, count: int) -> Tokens:
    """The first sequences of a split."""
    source, target, mask = tokens.source[:count], tokens.target[:count], tokens.mask[:count]
    return replace(tokens, source=source, target=target, mask=mask)


def load(root: Path) -> dict[str, Any]:
    """The three splits."""
    splits = {"train": "train", "valid": "validation", "test": "test"}
    return {name: wikitext2(root, split) for name, split in splits.items()}


def main(arguments: Sequence[str] | None = None) -> str | int:
    """Run the experiments of the command line; returns the problem, or 0."""
    parser = argparse.ArgumentParser(description="Train your LSTM on WikiText-2.")
    add = parser.add_argument_group("model").add_argument
    add("--layers", type=int)
    add("--hidden-size", type=int)
    add("--embedding-size", type=int)
    add("--embeddings", help="an .npz file with `tokens`, (vocabulary, size); default: random")
    add("--learn-embeddings", action=argparse.BooleanOptionalAction, default=None,
        help="by default, only those that come from no file")  # fmt: skip
    add("--embedding-scale", type=float, help="of random embeddings, at the start: N(0, scale^2)")
    add("--vocabulary-size", type=int, help="0: that of the data")
    add("--validation-sequences", type=int, help="use only this many validation sequences; 0: all")
    options, chosen = runner.parse(parser, arguments, EXPERIMENTS, DEFAULTS, SMOKE, "lstm")
    return runner.run_each(options, chosen, run, load)


if __name__ == "__main__":
    sys.exit(main())
