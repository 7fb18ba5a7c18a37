"""How a run is set up: its options, its device and precision, its optimizer, its random numbers."""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from muon import Muon
from torch import nn


@dataclass(frozen=True)
class Settings:
    """How it is to be learnt; each field is an option of the command line."""

    epochs: int = 10
    epoch_items: int = 0  # of the training split, drawn anew for each epoch; 0 is all
    max_minutes: float = 0.0  # of training, evaluations not counted; 0 is no limit
    batch_size: int = 128
    optimizer: str = "adamw"
    lr: float = 3e-4
    momentum: float = 0.9  # of `momentum`
    weight_decay: float = 5e-4  # of all but `adam`
    schedule: str = "constant"
    warmup: float = 0.0  # the share of all steps in which the learning rate rises from zero
    clip: float = 0.0  # the largest norm of a gradient; 0 is no limit
    precision: str = "auto"
    deterministic: bool = False
    seed: int = 0
    save_every: float = 300.0  # seconds between checkpoints within an epoch
    test: bool = True


OPTIMIZERS = ("adam", "adamw", "sgd", "momentum", "muon")
SCHEDULES = ("constant", "cosine")
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a runner's command line the options of `Settings`; what is not given stays None."""
    add = parser.add_argument_group("training").add_argument
    add("--epochs", type=int)
    add("--epoch-items", type=int,
        help="look at the validation split after so many training items already")  # fmt: skip
    add("--max-minutes", type=float, help="train no longer than that, even if epochs are left")
    add("--batch-size", type=int)
    add("--optimizer", choices=OPTIMIZERS, help="momentum is SGD with momentum")
    add("--lr", type=float, help="learning rate")
    add("--momentum", type=float)
    add("--weight-decay", type=float, help="of all optimizers but adam")
    add("--schedule", choices=SCHEDULES, help="of the learning rate")
    add("--warmup", type=float, help="share of all steps in which the learning rate rises")
    add("--clip", type=float, help="largest norm of the gradient; 0 for no limit")
    add("--precision", choices=["auto", *PRECISIONS], help="auto is mixed on CUDA, else float32")
    add("--deterministic", action="store_true", default=None, help="the same numbers on CUDA, too")
    add("--seed", type=int)
    add("--save-every", type=float, help="seconds between checkpoints within an epoch")
    add("--no-test", dest="test", action="store_false", default=None, help="spare the test split")


def defaults(**changed: Any) -> dict[str, Any]:
    """All settings as options of a runner, some with another value."""
    return dataclasses.asdict(Settings(**changed))


def read_settings(config: Mapping[str, Any]) -> Settings:
    """The settings among other options."""
    names = {field.name for field in dataclasses.fields(Settings)}
    return Settings(**{name: value for name, value in config.items() if name in names})


def pick_device(name: str | None) -> torch.device:
    """The device of that name, or the best there is."""
    if name:
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def pick_precision(name: str, device: torch.device) -> torch.dtype:
    """`auto` is bfloat16 on GPUs that have it, float16 on other NVIDIA GPUs, else float32."""
    if name != "auto":
        return PRECISIONS[name]
    if device.type != "cuda":
        return torch.float32
    native = torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if native else torch.float16


def set_seed(told: Settings) -> None:
    """Make what follows repeatable: call it before the model is built."""
    random.seed(told.seed)
    np.random.seed(told.seed % 2**32)
    torch.manual_seed(told.seed)
    if told.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)


def make_optimizer(model: nn.Module, told: Settings) -> torch.optim.Optimizer:
    """One of the four optimizers of the hand-outs, or Muon, for what can be learnt."""
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if told.optimizer == "adam":
        return torch.optim.Adam(learnt, lr=told.lr)
    if told.optimizer == "adamw":
        return torch.optim.AdamW(learnt, lr=told.lr, weight_decay=told.weight_decay)
    if told.optimizer == "muon":
        return Muon(learnt, lr=told.lr, weight_decay=told.weight_decay)
    momentum = told.momentum if told.optimizer == "momentum" else 0.0
    return torch.optim.SGD(learnt, told.lr, momentum=momentum, weight_decay=told.weight_decay)


def lr_factor(step: int, total: int, told: Settings) -> float:
    """What the learning rate is multiplied by in a step, counted from 0."""
    rising = round(told.warmup * total)
    if step < rising:
        return (step + 1) / rising
    if told.schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, total - rising)))


def random_state(device: torch.device) -> dict[str, Any]:
    """The state of every source of random numbers."""
    numpy_state: Any = np.random.get_state()
    kind, keys, *rest = numpy_state
    state = {"python": random.getstate(), "torch": torch.get_rng_state()}
    state["numpy"] = (kind, torch.from_numpy(keys.astype(np.int64)), *rest)
    if device.type == "cuda":
        state["device"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        state["device"] = torch.mps.get_rng_state()
    return state


def set_random_state(state: Mapping[str, Any], device: torch.device) -> None:
    """Go on with the random numbers of `random_state`."""
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, keys.cpu().numpy().astype(np.uint32), *rest))
    random.setstate(state["python"])
    torch.set_rng_state(state["torch"].cpu())
    if "device" in state and device.type == "cuda":
        torch.cuda.set_rng_state(state["device"].cpu(), device)
    elif "device" in state and device.type == "mps":
        torch.mps.set_rng_state(state["device"].cpu())
