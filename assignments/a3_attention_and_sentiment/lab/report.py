"""Makes a report with tables and figures from the logs of training runs.

    python -m lab.report logs [--out DIR]

Finds all runs below the folder: those with an args.json and either log.jsonl or the text files
train_loss.txt, valid_acc.txt and so on; smoke runs only if the folder is logs/smoke itself. Writes
report.md, report.tex and report.html into DIR (by default logs/report), all with the same content:
a table of all runs, their learning curves over epochs and over wall-clock time, confusion matrices,
and the attention maps of Vision Transformers. Captions describe what is drawn; the interpretation
is yours.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from lab import report_figures as figures
from lab.logs import best_epoch
from lab.report_pages import Cell, Figure, Item, Table, latex, markdown, page

import numpy as np

OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "momentum": "SGD with momentum",
              "muon": "Muon"}  # fmt: skip
ARCHITECTURES = {"prenorm": "pre-norm", "postnorm": "post-norm", "lstm": "LSTM", "vit": "ViT",
                 "gru": "GRU", "sentiment": "GRU on a frozen encoder",
                 "hybrid": "convolutions and transformer", "cnn": "convolutions"}  # fmt: skip


class ReportError(Exception):
    """Why there is no report, in a sentence."""


@dataclass(frozen=True)
class Run:
    """A run, read from its folder."""

    folder: Path
    name: str  # its folder, seen from LOGS
    args: dict[str, Any]
    history: list[dict[str, Any]]  # the epochs
    result: dict[str, Any]  # what was measured at the end; empty where that is not known
    metric: str

    @property
    def architecture(self) -> str:
        """For instance pre-norm."""
        name = str(self.args.get("block") or self.args.get("model") or "?")
        return ARCHITECTURES.get(name, name)

    @property
    def optimizer(self) -> str:
        """For instance AdamW."""
        name = str(self.args.get("optimizer", "?"))
        return OPTIMIZERS.get(name, name)

    @property
    def layers(self) -> int:
        """How many there are; 0 where the run does not say."""
        found = [self.args.get(name) for name in ("layers", "depth", "num_layers")]
        return next((count for count in found if isinstance(count, int)), 0)

    @property
    def experiment(self) -> str:
        """Its number, or the name of its folder."""
        return str(self.args.get("experiment", self.folder.name))

    @property
    def label(self) -> str:
        """For a legend."""
        word = "layer" if self.layers == 1 else "layers"
        depth = f"{self.layers} {word}, " if self.layers else ""
        return f"{self.experiment}: {self.architecture}, {depth}{self.optimizer}"

    @cached_property
    def best(self) -> dict[str, Any]:
        """The epoch that did best on the validation split; the earliest if several did."""
        return best_epoch(self.history, self.metric)


# --- reading --------------------------------------------------------------------------------------


def read_runs(logs: Path) -> list[Run]:
    """All runs below a folder that have finished an epoch, in the order of the table."""
    paths = sorted(path for path in logs.rglob("args.json") if not _is_smoke(path, logs))
    runs = [read_run(path.parent, logs) for path in paths]
    found = [run for run in runs if run is not None]
    if not found:
        raise ReportError(f"There is no run with a finished epoch in {logs}.")
    return sorted(found, key=_order)


def _is_smoke(path: Path, logs: Path) -> bool:
    return path.relative_to(logs).parts[0] == "smoke"


def _order(run: Run) -> tuple[Any, ...]:
    number = run.experiment
    return (run.metric, run.architecture, run.layers, run.optimizer,
            (0, int(number)) if number.isdecimal() else (1, number))  # fmt: skip


def read_run(folder: Path, logs: Path) -> Run | None:
    """One run; None where no epoch is finished."""
    try:
        args = json.loads((folder / "args.json").read_text("utf-8"))
        path = folder / "result.json"
        result = json.loads(path.read_text("utf-8")) if path.exists() else {}
        history = _read_history(folder)
    except (OSError, ValueError) as error:
        raise ReportError(f"The logs in {folder} cannot be read: {error}") from None
    if not history:
        return None
    metric = "acc" if "valid_acc" in history[0] else "ppl"
    wanted = {
        f"{split}_{what}" for split in ("train", "valid") for what in ("loss", metric, "time")
    }
    missing = sorted(name for name in wanted if any(name not in line for line in history))
    if missing:
        raise ReportError(f"The logs in {folder} lack {', '.join(missing)}.")
    name = folder.relative_to(logs).as_posix() if folder != logs else folder.name
    return Run(folder, name, args, history, result, metric)


def _read_history(folder: Path) -> list[dict[str, Any]]:
    """The epochs, from log.jsonl or else from the text files."""
    log = folder / "log.jsonl"
    if log.exists():
        return [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    columns = {
        path.stem: [float(word) for word in path.read_text("utf-8").split()]
        for split in ("train", "valid")
        for path in folder.glob(f"{split}_*.txt")
    }
    epochs = min(map(len, columns.values()), default=0)
    return [
        {"epoch": i + 1, **{name: numbers[i] for name, numbers in columns.items()}}
        for i in range(epochs)
    ]


# --- the table ------------------------------------------------------------------------------------


def make_table(runs: Sequence[Run]) -> Table:
    """Runs of one metric; in each architecture, the best figure of each split is bold."""
    metric = runs[0].metric
    tested = any(f"test_{metric}" in run.result for run in runs)
    splits = ("train", "valid", "test") if tested else ("train", "valid")
    rows = []
    for _, group in groupby(runs, key=lambda run: run.architecture):
        same = list(group)
        leaders = {
            split: _leader([_figure(run, split) for run in same], metric) for split in splits
        }
        rows += [_row(run, splits, leaders) for run in same]
    short = {"acc": "acc.", "ppl": "ppl."}[metric]
    headings = ["Exp.", "Architecture", "Layers", "Optimizer",
                *(f"{split.capitalize()} {short}" for split in splits),
                "Epoch", "s/epoch", "Memory (MiB)", "Parameters"]  # fmt: skip
    numeric = [False, False, True, False] + [True] * (len(headings) - 4)
    return Table(_table_caption(runs, tested), headings, rows, numeric)


def _figure(run: Run, split: str) -> float | None:
    """The metric where validation was best; on the test split, of those weights."""
    where = run.result if split == "test" else run.best
    return where.get(f"{split}_{run.metric}")


def _leader(values: Sequence[float | None], metric: str) -> float | None:
    known = [value for value in values if value is not None]
    return (max if metric == "acc" else min)(known, default=None)


def _row(run: Run, splits: Sequence[str], leaders: dict[str, float | None]) -> list[Cell]:
    cells = [run.experiment, run.architecture, str(run.layers or ""), run.optimizer]
    shown = [Cell(text) for text in cells]
    for split in splits:
        value = _figure(run, split)
        bold = value is not None and value == leaders[split]
        shown.append(Cell("" if value is None else _number(value, run.metric), bold))
    seconds = figures.clock(run.history)[-1] / len(run.history)
    size = run.history[-1].get("memory") or {}
    steady = next((size[key] for key in ("device", "reserved", "process") if key in size), None)
    count = run.result.get("parameters")
    shown.append(Cell(str(run.best["epoch"])))
    shown.append(Cell(f"{seconds:.3g}" if seconds < 100 else f"{seconds:.0f}"))
    shown.append(Cell("" if steady is None else f"{steady:,.0f}"))
    shown.append(Cell("" if count is None else f"{count:,}"))
    return shown


def _number(value: float, metric: str) -> str:
    return f"{100 * value:.2f} %" if metric == "acc" else f"{value:.2f}"


def _table_caption(runs: Sequence[Run], tested: bool) -> str:
    what = {"acc": "acc.: top-1 accuracy, the share of images classified correctly",
            "ppl": "ppl.: perplexity per real token"}[runs[0].metric]  # fmt: skip
    memory = [set(run.history[-1].get("memory") or {}) for run in runs]
    if any("device" in kinds for kinds in memory):
        where = "of the whole device, as NVML shows it"
    elif any("reserved" in kinds for kinds in memory):
        where = "held by torch's allocator on the device"
    else:
        where = "of the training process"
    test = " Test: the same weights on the test split, read once." if tested else ""
    return (
        f"All runs, by architecture, layers and optimizer. {what}; Train and Valid: in the epoch "
        f"with the best validation figure (Epoch).{test} Bold: the best of each architecture. "
        f"s/epoch: seconds for training and validation. Memory: in the last epoch, {where}. "
        f"{_data(runs)}"
    )


def _data(runs: Sequence[Run]) -> str:
    names = sorted({str(run.args["data"]) for run in runs if run.args.get("data")})
    return f"Data: {'; '.join(names)}." if names else ""


# --- the report -----------------------------------------------------------------------------------


def make_report(logs: Path, out: Path) -> list[Path]:
    """Write the report; returns its pages."""
    items: list[Item] = []
    for metric, group in groupby(read_runs(logs), key=lambda run: run.metric):
        runs = list(group)
        items.append(make_table(runs))
        if len(runs) > 1:
            path = Path(f"compare_{metric}.png")
            figures.draw_comparison([(r.label, r.history) for r in runs], metric, out / path)
            items.append(Figure(
                f"{figures.METRICS[metric].capitalize()} of all runs on the training (above) and "
                f"the validation split (below), over epochs (left) and wall-clock time (right). "
                f"Numbers in the legend are those of the table. {_data(runs)}", path))  # fmt: skip
        for run in runs:
            items += run_figures(run, out)
    pages = {"report.md": markdown, "report.tex": latex, "report.html": page}
    for name, render in pages.items():
        (out / name).write_text(render("Training runs", items), "utf-8")
    return [out / name for name in pages]


def run_figures(run: Run, out: Path) -> list[Item]:
    """Curves, confusion matrices and attention maps, as far as the logs have them."""
    stem, best, metric = run.name.replace("/", "_"), run.best, run.metric
    path = Path(f"curves_{stem}.png")
    figures.draw_curves(run.history, metric, best["epoch"], out / path)
    value = _number(best[f"valid_{metric}"], metric)
    caption = (
        f"Experiment {run.label}. Loss (above) and {figures.METRICS[metric]} (below) over epochs "
        f"(left) and wall-clock time (right). Training figures are means over an epoch in which "
        f"the weights still change; validation figures are taken at its end. The best validation "
        f"{figures.METRICS[metric]}, {value}, was reached in epoch {best['epoch']}. {_data([run])}"
    )
    items: list[Item] = [Figure(caption, path)]

    matrices = {"validation": best.get("valid_confusion"), "test": run.result.get("test_confusion")}
    known = {name: counts for name, counts in matrices.items() if counts}
    if known:
        path = Path(f"confusion_{stem}.png")
        count = len(next(iter(known.values())))
        classes = run.args.get("classes") or [str(i) for i in range(count)]
        figures.draw_confusion(known, classes, out / path)
        caption = (
            f"Experiment {run.label}. Confusion of the classes with the best weights (epoch "
            f"{best['epoch']}): rows are true classes, columns predicted ones. {_data([run])}"
        )
        items.append(Figure(caption, path))

    stored = run.folder / "attention.npz"
    if stored.exists():
        path = Path(f"attention_{stem}.png")
        with np.load(stored, allow_pickle=False) as content:
            figures.draw_attention(content, out / path)
        caption = (
            f"Experiment {run.label}. How much the class token attends to each patch of some "
            f"validation images: through all layers (attention rollout, arXiv:2005.00928), and in "
            f"each layer, as the mean of its heads. Each map has its own scale. {_data([run])}"
        )
        items.append(Figure(caption, path))
    return items


def main(arguments: Sequence[str] | None = None) -> str:
    """Run the command; returns the problem, if any."""
    parser = argparse.ArgumentParser(description="Make a report from the logs of training runs.")
    parser.add_argument("logs", type=Path, help="folder with runs, at any depth")
    parser.add_argument("--out", type=Path, help="folder to write to; else LOGS/report")
    options = parser.parse_args(arguments)
    out = options.out or options.logs / "report"
    try:
        for path in make_report(options.logs, out):
            print(path)
    except ReportError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
