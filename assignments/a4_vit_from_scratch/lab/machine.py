"""What a run needs of the machine: device, precision, random numbers, memory, signals."""

from __future__ import annotations

import contextlib
import os
import platform
import random
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

_POOL = 50  # batches that are sorted by length together
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def pick_device(name: str | None = None) -> torch.device:
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


def set_seed(seed: int, deterministic: bool = False) -> None:
    """Make what follows repeatable: call it before the model is built."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)


def random_order(count: int, batch_size: int, lengths: Tensor | None = None) -> Tensor:
    """A random order of `count` items, to be cut into batches.

    Where items differ in length, a batch gets items of similar length: padding is wasted work.
    Pools of 50 batches are drawn at random and sorted, and then the batches are shuffled.
    """
    order = torch.randperm(count)
    if lengths is None:
        return order
    pools = [pool[lengths[pool].argsort()] for pool in order.split(_POOL * batch_size)]
    *full, last = torch.cat(pools).split(batch_size)  # the last one may be short, and stays last
    return torch.cat([*(full[i] for i in torch.randperm(len(full)).tolist()), last])


def random_state(device: torch.device) -> dict[str, Tensor]:
    """The state of torch's random numbers: nothing in lab uses others."""
    state = {"torch": torch.get_rng_state()}
    if device.type == "cuda":
        state["device"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        state["device"] = torch.mps.get_rng_state()
    return state


def set_random_state(state: Mapping[str, Tensor], device: torch.device) -> None:
    """Continue with the random numbers of `random_state`."""
    torch.set_rng_state(state["torch"].cpu())
    if "device" in state and device.type == "cuda":
        torch.cuda.set_rng_state(state["device"].cpu(), device)
    elif "device" in state and device.type == "mps":
        torch.mps.set_rng_state(state["device"].cpu())


def describe(device: torch.device) -> dict[str, Any]:
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
    """Memory in MiB: the peak since `reset_memory`, and what is in use now.

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


@contextlib.contextmanager
def stop_signals() -> Iterator[list[int]]:
    """Collects the first Ctrl-C or SIGTERM instead of stopping; the second one stops at once."""
    seen: list[int] = []
    kinds = (signal.SIGINT, signal.SIGTERM)

    def note(number: int, frame: Any) -> None:
        seen.append(number)
        restore()

    def restore() -> None:
        for kind in kinds:
            signal.signal(kind, before[kind])

    before = {kind: signal.signal(kind, note) for kind in kinds}
    try:
        yield seen
    finally:
        restore()
