"""The files of a training run.

A run's folder holds

    args.json                              every option, the data, the machine, the command
    log.jsonl                              one line per epoch, with everything that was measured
    train_loss.txt, valid_acc.txt, ...     one number per line, one line per epoch
    test_loss.txt, ..., result.json        written once, when the run is finished
    best.pt                                the weights that did best on the validation split
    NAME.safetensors                       the same for your submission, where the runner writes it
    checkpoint.pt                          all that is needed to resume after an interruption

No reader ever sees half a file: each is written under another name first, and then renamed.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

Line = dict[str, Any]  # the figures of an epoch: {"epoch": 1, "train_loss": 2.1, ...}


class TrainingError(Exception):
    """Why a run cannot continue, in a sentence."""


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}.{os.getpid()}")
    work.write_bytes(content)
    work.replace(path)


def write_text(path: Path, text: str) -> None:
    """The same for text."""
    write_bytes(path, text.encode())


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """JSON that every reader accepts: a number that is not finite becomes null."""
    write_text(path, json.dumps(_finite(content), indent=1, allow_nan=False) + "\n")


def write_tensors(path: Path, content: Any) -> None:
    """`torch.save` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}.{os.getpid()}")
    torch.save(content, work)
    work.replace(path)


def write_checkpoint(path: Path, model: nn.Module, arguments: Mapping[str, Any]) -> None:
    """What is submitted: the weights as safetensors, and the arguments that build the model."""
    weights = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
    write_bytes(path, save(weights, metadata={"config": json.dumps(dict(arguments))}))


def write_history(folder: Path, history: list[Line], metric: str) -> None:
    """Write log.jsonl and the text files from all epochs so far."""
    lines = (json.dumps(_finite(line), allow_nan=False) for line in history)
    write_text(folder / "log.jsonl", "".join(f"{line}\n" for line in lines))
    for split in ("train", "valid"):
        for what in ("loss", metric, "time"):
            numbers = (f"{line[f'{split}_{what}']!r}\n" for line in history)
            write_text(folder / f"{split}_{what}.txt", "".join(numbers))


def best_epoch(history: Sequence[Line], metric: str) -> Line:
    """The epoch that did best on the validation split; the earliest if several did."""
    sign = -1 if metric == "acc" else 1  # a higher accuracy, a lower perplexity
    return min(history, key=lambda line: sign * line[f"valid_{metric}"])


def check_same_run(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """A folder holds one run: `TrainingError` if this one has other options."""
    for name in sorted({*before, *now} - {"save_every", "test"}):
        if before.get(name) != now.get(name):
            raise TrainingError(
                f"{folder} holds a run with {name} {before.get(name)!r}, not {now.get(name)!r}; "
                "give the new run another name (--exp) or folder (--logs), or replace the old one "
                "with --fresh."
            )


def load_best(
    model: nn.Module, folder: Path, device: torch.device, advice: str = "train it first"
) -> None:
    """Give a model the weights with which the run in a folder did best on the validation split.

    Raises:
        TrainingError: there are none; `advice` says how to get them.
    """
    path = folder / "best.pt"
    if not path.exists():
        raise TrainingError(f"{path} is missing: {advice}.")
    model.load_state_dict(torch.load(path, map_location=device, weights_only=True))


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {name: _finite(part) for name, part in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(part) for part in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
