"""The options of a run, its optimizer and its learning rate."""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.machine import PRECISIONS

import torch
from torch import Tensor, nn

OPTIMIZERS = ("adam", "adamw", "sgd", "momentum", "muon")
SCHEDULES = ("constant", "cosine")


@dataclass(frozen=True)
class Settings:
    """How to train; each field is an option of the command line."""

    epochs: int = 10
    epoch_items: int = 0  # training items per epoch, drawn anew for each; 0 is all
    max_minutes: float = 0.0  # of training, not counting evaluation; 0 is no limit
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

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """The settings among other options."""
        names = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in config.items() if name in names})


def defaults(**changed: Any) -> dict[str, Any]:
    """All settings as options of a runner, some with another value."""
    return dataclasses.asdict(Settings(**changed))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a command line the options of `Settings`; what is not given stays None."""
    add = parser.add_argument_group("training").add_argument
    add("--epochs", type=int)
    add("--epoch-items", type=int,
        help="evaluate on the validation split after this many training items already")  # fmt: skip
    add("--max-minutes", type=float, help="train no longer than this, even if epochs are left")
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
    add("--no-test", dest="test", action="store_false", default=None, help="skip the test split")


def make_optimizers(model: nn.Module, settings: Settings) -> list[torch.optim.Optimizer]:
    """The optimizer for all parameters that are trained; Muon comes with an AdamW."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    lr, decay = settings.lr, settings.weight_decay
    if settings.optimizer == "adam":
        return [torch.optim.Adam(trained, lr=lr)]
    if settings.optimizer == "adamw":
        return [torch.optim.AdamW(trained, lr=lr, weight_decay=decay)]
    if settings.optimizer == "muon":
        return _muon(trained, lr, decay)
    momentum = settings.momentum if settings.optimizer == "momentum" else 0.0
    return [torch.optim.SGD(trained, lr, momentum=momentum, weight_decay=decay)]


NARROWEST, WIDEST = 32, 4096  # sides of the matrices that Muon takes


def _muon(parameters: list[nn.Parameter], lr: float, decay: float) -> list[torch.optim.Optimizer]:
    """Muon for matrices and convolution kernels, AdamW for vectors, narrow matrices and tables.

    `match_rms_adamw` makes both updates about equally long, so that one learning rate serves both
    (arXiv:2502.16982).
    """
    groups: dict[str, list[nn.Parameter]] = {"muon": [], "matrices": [], "vectors": []}
    for parameter in parameters:
        sides = parameter.flatten(1).shape if parameter.dim() > 1 else (0,)
        if min(sides) >= NARROWEST and max(sides) <= WIDEST:
            groups["muon"].append(_as_matrix(parameter))
        else:
            groups["matrices" if parameter.dim() > 1 else "vectors"].append(parameter)
    rest = [
        {"params": groups["matrices"], "weight_decay": decay},
        {"params": groups["vectors"], "weight_decay": 0.0},
    ]
    made: list[torch.optim.Optimizer] = [torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.99))]
    if groups["muon"]:
        made.append(torch.optim.Muon(groups["muon"], lr, decay, adjust_lr_fn="match_rms_adamw"))
    return made


def _as_matrix(parameter: nn.Parameter) -> nn.Parameter:
    """A convolution's kernels as the rows of a matrix: the same memory, the same gradient."""
    if parameter.dim() == 2:
        return parameter
    matrix = nn.Parameter(parameter.detach().flatten(1))

    def share_gradient(kernels: Tensor) -> None:
        assert kernels.grad is not None
        matrix.grad = kernels.grad.flatten(1)

    parameter.register_post_accumulate_grad_hook(share_gradient)
    return matrix


def lr_factor(step: int, total: int, settings: Settings) -> float:
    """What the learning rate is multiplied by in a step, counted from 0."""
    rising = round(settings.warmup * total)
    if step < rising:
        return (step + 1) / rising
    if settings.schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, total - rising)))
