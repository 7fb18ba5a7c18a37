"""What a training run leaves on disk, and what it needs of the machine.

A run's folder holds

    args.json                              every option, the data, the machine, the command
    log.jsonl                              one line an epoch, with everything that was measured
    train_loss.txt, valid_acc.txt, ...     one number a line, one line an epoch
    test_loss.txt, ..., result.json        written once, when the run is finished
    best.pt                                the weights that did best on the validation split
    NAME.safetensors                       the same to be handed in, where the runner writes it
    checkpoint.pt                          all that is needed to go on after an interruption

A reader never meets half a file: each is written under another name first, and then renamed.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

Line = dict[str, Any]  # what an epoch came to: {"epoch": 1, "train_loss": 2.1, ...}


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file in one go."""
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
    """`torch.save` in one go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}.{os.getpid()}")
    torch.save(content, work)
    work.replace(path)


def write_checkpoint(path: Path, model: nn.Module, arguments: Mapping[str, Any]) -> None:
    """What is handed in: the weights as safetensors, and the arguments that build the model."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
    write_bytes(path, save(weights, metadata={"config": json.dumps(dict(arguments))}))


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {name: _finite(part) for name, part in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(part) for part in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def write_history(folder: Path, history: list[Line], metric: str) -> None:
    """Write log.jsonl and the text files anew from what is known of all epochs."""
    lines = (json.dumps(_finite(line), allow_nan=False) for line in history)
    write_text(folder / "log.jsonl", "".join(f"{line}\n" for line in lines))
    for split in ("train", "valid"):
        for what in ("loss", metric, "time"):
            numbers = (f"{line[f'{split}_{what}']!r}\n" for line in history)
            write_text(folder / f"{split}_{what}.txt", "".join(numbers))


def machine(device: torch.device) -> dict[str, Any]:
    """What a reader of the figures must know about where they came from."""
    name = platform.processor() or platform.machine()
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    return {
        "device": device.type,
        "device_name": name,
        "threads": torch.get_num_threads(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "command": shlex.join(sys.argv),
    }


def memory(device: torch.device) -> dict[str, float]:
    """Memory in MiB: the most since `reset_memory`, and what is held now.

    `allocated` is what tensors took, `reserved` what torch's allocator held for them, `device` what
    the whole device has in use as nvidia-smi shows it (needs the package nvidia-ml-py), `process`
    the main memory of this process now (on Linux). What an earlier run in the same process left
    behind counts, too: for figures to compare, start one run at a time.
    """
    found: dict[str, float] = {}
    if device.type == "cuda":
        found["allocated"] = torch.cuda.max_memory_allocated(device)
        found["reserved"] = torch.cuda.max_memory_reserved(device)
        with contextlib.suppress(Exception):  # without NVML there is no such figure
            found["device"] = torch.cuda.device_memory_used(device)
    elif device.type == "mps":
        found["allocated"] = torch.mps.current_allocated_memory()
        found["reserved"] = torch.mps.driver_allocated_memory()
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        found["process"] = pages * os.sysconf("SC_PAGE_SIZE")
    return {name: round(size / 2**20, 1) for name, size in found.items()}


def reset_memory(device: torch.device) -> None:
    """Forget earlier peaks, so that an epoch shows its own."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
