"""What the run_*.py scripts share: their command line, and running one experiment after another."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab import settings
from lab.files import DataError, data_root
from lab.logs import TrainingError
from lab.machine import pick_device
from lab.training import Stopped

import torch

Config = dict[str, Any]  # an experiment: everything it takes to repeat it


def parse(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str] | None,
    experiments: Mapping[int, Config],
    defaults: Config,
    smoke: Config,
    name: str,
) -> tuple[argparse.Namespace, dict[str, Config]]:
    """Read the command line; returns its options, and the chosen experiments by name.

    An option that is given wins over --smoke, that over the experiment, that over the defaults.
    Options may be spelt with underscores (--batch_size). Results go to logs/NAME, those of smoke
    runs to logs/smoke/NAME: they never meet.
    """
    add = parser.add_argument
    add("--exp", nargs="+", metavar="N", default=[],
        help="experiments by number, `all`, or any other name for one of your own")  # fmt: skip
    add("--data", help="folder with the data, or `sample`; else $COURSE_DATA, else data")
    add("--logs", type=Path, help=f"folder for the results (logs/{name}, or logs/smoke/{name})")
    add("--device", help="cpu, cuda, cuda:1 or mps; by default the best there is")
    add("--fresh", action="store_true", help="start over, even where a run was interrupted")
    add("--smoke", action="store_true", help="seconds: a tiny model on the sample data")
    settings.add_options(parser)
    words = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args([_dashes(word) for word in words])

    names = [key for word in options.exp for key in (experiments if word == "all" else [word])]
    if not names and options.smoke:
        names = list(experiments)
    if not names:
        parser.error(f"say which experiment: --exp 1 to {max(experiments)}, all, or a name")
    if options.smoke:
        options.data = options.data or "sample"
    options.logs = options.logs or Path("logs", "smoke" if options.smoke else "", name)
    given = {key: value for key, value in vars(options).items() if value is not None}
    chosen = {}
    for name in map(str, names):
        fixed = experiments.get(int(name), {}) if name.isdecimal() else {}
        if name.isdecimal() and not fixed:
            parser.error(f"there is no experiment {name}, only 1 to {max(experiments)}")
        config = {**defaults, **fixed, **(smoke if options.smoke else {})}
        config |= {key: value for key, value in given.items() if key in config}
        chosen[name] = {"experiment": int(name) if fixed else name, **config}
    return options, chosen


def _dashes(word: str) -> str:
    name, equals, value = word.partition("=")
    return name.replace("_", "-") + equals + value if name.startswith("--") else word


def run_each(
    options: argparse.Namespace,
    chosen: Mapping[str, Config],
    run: Callable[[Config, Path, torch.device, Any], Mapping[str, Any]],
    load: Callable[[Path], Any],
) -> str | int:
    """Load the data, and run the experiments on it; returns the argument for `sys.exit`.

    An experiment that fails is reported, and the others are run all the same.
    """
    problems = []
    try:
        device = pick_device(options.device)
        data = load(data_root(options.data))
    except (DataError, RuntimeError) as error:  # torch: no such device
        return str(error)
    for name, config in chosen.items():
        folder = options.logs / (f"exp{name}" if name.isdecimal() else name)
        if options.fresh:
            shutil.rmtree(folder, ignore_errors=True)
        try:
            result = run(config, folder, device, data)
        except Stopped as error:
            return str(error)
        except (TrainingError, NotImplementedError) as error:
            problems.append(f"{folder}: {error}")
            continue
        named = {key: value for key, value in result.items() if key.startswith(("valid", "test"))}
        shown = [f"{key} {value:.4f}" for key, value in named.items() if isinstance(value, float)]
        print(f"{folder}: best epoch {result['best_epoch']}, {', '.join(shown)}")
    return "\n".join(problems) or 0
