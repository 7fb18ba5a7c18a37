"""Logs of training runs that were submitted: what they claim, and where they contradict themselves.

A run is a folder as lab/logs.py writes it: args.json, log.jsonl, result.json and text files with
one number a line. All of it is the student's word. It is read as JSON and numbers, nothing more.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from autograder.intake.entries import Entry

SUFFIXES = (".json", ".jsonl", ".txt")
_MAX_RUNS, _MAX_BYTES = 50, 2 << 20


@dataclass
class LoggedRun:
    """What the logs of one run say. Accuracies are shares, perplexities are above 1."""

    folder: str
    metric: str = ""  # "acc" or "ppl"
    epochs: int = 0
    best: float | None = None  # on the validation split
    tested: float | None = None
    parameters: int | None = None
    oddities: list[str] = field(default_factory=list)  # contradictions within the logs


def read_runs(files: Iterable[Entry]) -> list[LoggedRun]:
    """Every folder of the submission that holds a log.jsonl."""
    folders: dict[PurePosixPath, dict[str, bytes]] = {}
    for entry in files:
        if len(entry.data) <= _MAX_BYTES and entry.path.suffix in SUFFIXES:
            folders.setdefault(entry.path.parent, {})[entry.path.name] = entry.data
    logged = sorted(folder for folder, files_in in folders.items() if "log.jsonl" in files_in)
    return [_read_run(str(folder), folders[folder]) for folder in logged[:_MAX_RUNS]]


def _read_run(folder: str, files: dict[str, bytes]) -> LoggedRun:
    run = LoggedRun(folder)
    lines = [_json(line) for line in files["log.jsonl"].splitlines() if line.strip()]
    args, result = _json(files.get("args.json", b"")), _json(files.get("result.json", b""))
    if not lines or any(line is None for line in lines):
        run.oddities.append("log.jsonl is not one JSON object a line")
        return run
    history = [line for line in lines if line is not None]
    run.epochs = len(history)
    run.metric = next((name for name in ("acc", "ppl") if f"valid_{name}" in history[0]), "")
    name = f"valid_{run.metric}"
    values = [_number(line.get(name)) for line in history]
    known = [value for value in values if value is not None]
    if known:
        run.best = max(known) if run.metric == "acc" else min(known)
    run.tested = _number((result or {}).get(f"test_{run.metric}"))
    count = (result or {}).get("parameters")
    run.parameters = count if type(count) is int else None
    run.oddities += _within(history, run.metric)
    run.oddities += _against_the_text_files(history, files)
    claimed = _number((result or {}).get(name))
    if claimed is not None and run.best is not None and not math.isclose(claimed, run.best):
        run.oddities.append(
            f"result.json says the best {name} is {claimed:.6g}, log.jsonl {run.best:.6g}"
        )
    planned = (args or {}).get("epochs")
    if type(planned) is int and planned < run.epochs:
        run.oddities.append(f"args.json asks for {planned} epochs, log.jsonl has {run.epochs}")
    return run


def _within(history: list[dict[str, Any]], metric: str) -> Iterator[str]:
    """What can be true of no run."""
    if [line.get("epoch") for line in history] != list(range(1, len(history) + 1)):
        yield "the epochs are not numbered 1, 2, 3 and so on"
    for split in ("train", "valid"):
        numbers = [_number(line.get(f"{split}_{metric}")) for line in history]
        low, high = (0.0, 1.0) if metric == "acc" else (1.0, math.inf)
        if any(number is not None and not low <= number <= high for number in numbers):
            yield f"{split}_{metric} is out of its range"
        times = [_number(line.get(f"{split}_time")) for line in history]
        if any(time is not None and time <= 0 for time in times):
            yield f"{split}_time is not above 0"


def _against_the_text_files(
    history: list[dict[str, Any]], files: dict[str, bytes]
) -> Iterator[str]:
    """Where train_loss.txt and its like hold other numbers than log.jsonl."""
    for key in ("train_loss", "valid_loss", "train_acc", "valid_acc", "train_ppl", "valid_ppl"):
        written = files.get(f"{key}.txt")
        if written is None:
            continue
        numbers = [_number(word) for word in written.decode("utf-8", "replace").split()]
        logged = [_number(line.get(key)) for line in history]
        same = len(numbers) == len(logged) and all(
            (x is None) == (y is None) and (x is None or math.isclose(x, y or 0.0, rel_tol=1e-6))
            for x, y in zip(numbers, logged, strict=True)
        )
        if not same:
            yield f"{key}.txt holds other numbers than log.jsonl"


def _json(data: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _number(content: object) -> float | None:
    """A finite number, or None."""
    if isinstance(content, bool) or not isinstance(content, (int, float, str)):
        return None
    try:
        number = float(content)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
