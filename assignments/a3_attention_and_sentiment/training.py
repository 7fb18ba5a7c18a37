"""The training loop of the course.

A runner says what is to be learnt, as a `Task`, and `Trainer(...).fit()` does the rest:

    for each epoch: train on all batches, evaluate on the validation split, log, keep the best
    at the end:     evaluate the best weights on the test split, once

It runs on a CPU, with CUDA or on Apple's MPS, in mixed precision where that helps, and is safe to
kill: the same command goes on where the run stopped and ends with the same numbers.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import run_settings
import runlog
import torch
from torch import Tensor, nn
from tqdm import tqdm


class TrainingError(Exception):
    """Why a run cannot go on, in a sentence."""


class Stopped(Exception):
    """The run was interrupted and is saved."""


class Batch(NamedTuple):
    """What a batch came to."""

    objective: Tensor  # (), to be minimised: a mean over the batch
    score: Tensor  # (), summed: right answers, or negative log-likelihoods
    out_of: Tensor | int  # what `score` is to be divided by: images, or real tokens
    confusion: Tensor | None = None  # (classes, classes), rows are the true classes


class Task(Protocol):
    """What is to be learnt."""

    metric: str  # "acc", the share of right answers, or "ppl", the perplexity
    sizes: Mapping[str, int]  # how many items "train", "valid" and "test" have
    lengths: Mapping[str, Tensor]  # of these items, by split; empty where all are alike
    origin: str  # which data this is

    def run(self, model: nn.Module, split: str, indices: Tensor) -> Batch:
        """Run the model on some items of a split; with variations while `model.training`."""
        ...


_MAY_CHANGE = ("save_every", "test")  # without making it another run
_LOOK_EVERY = 50  # steps between two looks at the loss: a look waits for the device
_POOL = 50  # batches that are sorted by length together


def better(metric: str, new: float, old: float | None) -> bool:
    """Whether `new` beats `old`: a higher accuracy, a lower perplexity."""
    return old is None or (new > old if metric == "acc" else new < old)


def load_best(
    model: nn.Module, folder: Path, device: torch.device, advice: str = "train it first"
) -> None:
    """Give a model the weights with which the run in a folder did best on the validation split.

    Raises:
        TrainingError: there are none; `advice` is said to get them.
    """
    path = folder / "best.pt"
    if not path.exists():
        raise TrainingError(f"{path} is missing: {advice}.")
    model.load_state_dict(torch.load(path, map_location=device, weights_only=True))


def added(total: Tensor | None, more: Tensor | None) -> Tensor | None:
    """The sum of two confusion matrices, either of which there may not be."""
    return more if total is None else total if more is None else total + more


def random_order(count: int, batch_size: int, lengths: Tensor | None = None) -> Tensor:
    """A random order of `count` items, to be cut into batches.

    Where items differ in length, those of a batch are alike: padding is work for nothing. Pools of
    50 batches are drawn at random and sorted, and then the batches are shuffled.
    """
    order = torch.randperm(count)
    if lengths is None:
        return order
    pools = [pool[lengths[pool].argsort()] for pool in order.split(_POOL * batch_size)]
    *full, last = torch.cat(pools).split(batch_size)  # the last one may be short, and stays last
    return torch.cat([*(full[i] for i in torch.randperm(len(full)).tolist()), last])


class Trainer:
    """A run in a folder; see runlog.py for its files.

    `options` is what args.json is to hold beside the settings. A run in the same folder that was
    made with other options is never mixed with this one: that is a `TrainingError`.
    """

    def __init__(
        self,
        model: nn.Module,
        task: Task,
        told: run_settings.Settings,
        folder: Path,
        device: torch.device,
        options: Mapping[str, Any],
    ) -> None:
        self.model, self.task, self.told = model.to(device), task, told
        self.folder, self.device = folder, device
        self.options = {**options, **dataclasses.asdict(told), "data": task.origin}

        # What changes during the run, and so belongs to a checkpoint.
        self.history: list[runlog.Line] = []  # of the epochs that are over
        self.order = torch.empty(0, dtype=torch.int64)  # of the items, in this epoch
        self.step = 0  # of this epoch
        self.sums = self._zeros()  # over the steps of this epoch
        self.confusion: Tensor | None = None  # the same
        self.seconds = 0.0  # of training, in this epoch
        self.saved = time.monotonic()
        self.stopping = False

        self.items = min(told.epoch_items or task.sizes["train"], task.sizes["train"])
        total = told.epochs * math.ceil(self.items / told.batch_size)
        self.optimizer = run_settings.make_optimizer(model, told)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer,
            lambda step: run_settings.lr_factor(max(step, int(self.used() * total)), total, told),
        )
        self.dtype = run_settings.pick_precision(told.precision, device)
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.dtype == torch.float16)

    def fit(self) -> dict[str, Any]:
        """Train, or go on training, to the last epoch; returns what result.json holds."""
        self.resume()
        with self._noticing_signals():
            while len(self.history) < self.told.epochs and self.used() < 1:
                self.train_epoch()
                self.end_epoch()
            return self.finish()

    def used(self) -> float:
        """The share that is gone of the minutes for training; 0 where there is no limit."""
        if not self.told.max_minutes:
            return 0.0
        seconds = self.seconds + sum(line["train_time"] for line in self.history)
        return min(1.0, seconds / (60 * self.told.max_minutes))

    # --- an epoch ---------------------------------------------------------------------------------

    def train_epoch(self) -> None:
        """Train on what is left of this epoch's batches."""
        if self.step == 0:
            runlog.reset_memory(self.device)
            size, lengths = self.task.sizes["train"], self.task.lengths.get("train")
            self.order = random_order(size, self.told.batch_size, lengths)[: self.items]
        began = time.perf_counter() - self.seconds
        batches = self.order.split(self.told.batch_size)
        self.model.train()
        with self._progress("train", len(batches), self.step) as bar:
            for indices in batches[self.step :]:
                self.train_step(indices)
                self.step += 1
                bar.update()
                if self.step % _LOOK_EVERY == 0 or self.step == len(batches):
                    bar.set_postfix(loss=f"{self._mean_loss():.4f}")
                self.seconds = time.perf_counter() - began
                self._save_if_due()
                if self.used() == 1:
                    return

    def train_step(self, indices: Tensor) -> None:
        """One batch: forward, backward, update."""
        with self._autocast():
            batch = self.task.run(self.model, "train", indices)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(batch.objective).backward()
        if self.told.clip:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.told.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.schedule.step()
        self.sums += self._sums(batch, len(indices))
        self.confusion = added(self.confusion, batch.confusion)

    def evaluate(self, split: str) -> runlog.Line:
        """Loss, metric and seconds on a split, and the confusion matrix where there is one."""
        began, sums = time.perf_counter(), self._zeros()
        confusion: Tensor | None = None
        self.model.eval()
        lengths = self.task.lengths.get(split, torch.zeros(self.task.sizes[split]))
        batches = lengths.argsort(stable=True).split(self.told.batch_size)
        with torch.no_grad(), self._autocast(), self._progress(split, len(batches)) as bar:
            for indices in batches:
                batch = self.task.run(self.model, split, indices)
                sums += self._sums(batch, len(indices))
                confusion = added(confusion, batch.confusion)
                bar.update()
                if self.stopping:
                    self._save_if_due()
        found = self._figures(split, sums)
        found[f"{split}_time"] = round(time.perf_counter() - began, 4)
        if confusion is not None:
            found[f"{split}_confusion"] = confusion.tolist()
        return found

    def end_epoch(self) -> None:
        """Evaluate, keep the weights if they are the best, log and save."""
        line: runlog.Line = {"epoch": len(self.history) + 1, **self._figures("train", self.sums)}
        line["train_time"] = round(self.seconds, 4)
        if self.confusion is not None:
            line["train_confusion"] = self.confusion.tolist()
        line |= self.evaluate("valid")
        line["lr"] = self.optimizer.param_groups[0]["lr"]
        line["memory"] = runlog.memory(self.device)
        name = f"valid_{self.task.metric}"
        best = self.best()
        if better(self.task.metric, line[name], best and best[name]):
            runlog.write_tensors(self.folder / "best.pt", self.model.state_dict())
        self.history.append(line)
        self.order, self.step, self.seconds = self.order[:0], 0, 0.0
        self.sums, self.confusion = self._zeros(), None
        self.save()  # after best.pt and before the logs: each can be made again from the one before
        runlog.write_history(self.folder, self.history, self.task.metric)
        shown = {key: line[key] for key in line if key.endswith(("_loss", self.task.metric))}
        figures = ", ".join(f"{key} {value:.4f}" for key, value in shown.items())
        seconds = line["train_time"] + line["valid_time"]
        print(f"{self.folder.name} epoch {line['epoch']}: {figures}, {seconds:.1f} s", flush=True)

    def best(self) -> runlog.Line | None:
        """The epoch that did best on the validation split; the earliest of equals."""
        name = f"valid_{self.task.metric}"
        best: runlog.Line | None = None
        for line in self.history:
            if better(self.task.metric, line[name], best and best[name]):
                best = line
        return best

    def load_best(self) -> None:
        """Give the model the weights that did best on the validation split."""
        load_best(self.model, self.folder, self.device)

    def finish(self) -> dict[str, Any]:
        """Test the best weights, unless that was done before, and write result.json."""
        path = self.folder / "result.json"
        result = json.loads(path.read_text("utf-8")) if path.exists() else {}
        if "test_loss" in result or (result and not self.told.test):
            return result
        best = self.best()
        assert best is not None, "a run has at least one epoch"
        self.load_best()
        kept = {key: value for key, value in best.items() if key != "epoch"}
        result = {"best_epoch": best["epoch"], **kept, "memory": self.history[-1]["memory"]}
        result["seconds"] = sum(line["train_time"] + line["valid_time"] for line in self.history)
        result["parameters"] = sum(p.numel() for p in self.model.parameters())
        if self.told.test:
            tested = self.evaluate("test")
            result |= tested
            for what in ("loss", self.task.metric, "time"):
                text = f"{tested[f'test_{what}']!r}\n"
                runlog.write_text(self.folder / f"test_{what}.txt", text)
        runlog.write_json(path, result)
        return result

    # --- stopping and going on --------------------------------------------------------------------

    def save(self) -> None:
        """Write all that `resume` needs."""
        content = {
            "options": self.options,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "progress": (self.history, self.order, self.step, self.seconds),
            "sums": (self.sums, self.confusion),
            "random": run_settings.random_state(self.device),
        }
        runlog.write_tensors(self.folder / "checkpoint.pt", content)
        self.saved = time.monotonic()

    def resume(self) -> None:
        """Go on from the checkpoint in the folder, or begin."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            found = {**self.options, **runlog.machine(self.device)}
            runlog.write_json(self.folder / "args.json", found)
            return
        content = torch.load(path, map_location=self.device, weights_only=True)
        self._check_options(content["options"])
        self.model.load_state_dict(content["model"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.schedule.load_state_dict(content["schedule"])
        self.scaler.load_state_dict(content["scaler"])
        self.history, order, self.step, self.seconds = content["progress"]
        self.sums, self.confusion = content["sums"]
        self.order = order.cpu()
        run_settings.set_random_state(content["random"], self.device)
        runlog.write_history(self.folder, self.history, self.task.metric)
        print(f"{self.folder}: goes on after epoch {len(self.history)}, step {self.step}")

    def _check_options(self, before: Mapping[str, Any]) -> None:
        names = sorted({*before, *self.options} - {*_MAY_CHANGE})
        other = [name for name in names if before.get(name) != self.options.get(name)]
        if other:
            name = other[0]
            raise TrainingError(
                f"{self.folder} holds a run with {name} {before.get(name)!r}, not "
                f"{self.options.get(name)!r}; use another --logs, or --fresh to begin anew."
            )

    def _save_if_due(self) -> None:
        if self.stopping or time.monotonic() - self.saved >= self.told.save_every:
            self.save()
        if self.stopping:
            raise Stopped(f"{self.folder} is saved; the same command goes on.")

    @contextlib.contextmanager
    def _noticing_signals(self) -> Iterator[None]:
        """The first Ctrl-C or SIGTERM stops after a batch, the second one at once."""

        kinds = (signal.SIGINT, signal.SIGTERM)

        def notice(number: int, frame: Any) -> None:
            self.stopping = True
            for kind in kinds:
                signal.signal(kind, before[kind])

        before = {kind: signal.signal(kind, notice) for kind in kinds}
        try:
            yield
        finally:
            for kind in kinds:
                signal.signal(kind, before[kind])

    # --- small things -----------------------------------------------------------------------------

    def _autocast(self) -> torch.autocast:
        mixed = self.dtype != torch.float32
        return torch.autocast(self.device.type, self.dtype if mixed else None, enabled=mixed)

    def _progress(self, split: str, batches: int, done: int = 0) -> Any:
        epoch = min(len(self.history) + 1, self.told.epochs)
        text = f"{self.folder.name} epoch {epoch}/{self.told.epochs} {split}"
        hidden = not sys.stderr.isatty()
        return tqdm(total=batches, initial=done, desc=text, leave=False, disable=hidden)

    def _zeros(self) -> Tensor:
        exact = torch.float32 if self.device.type == "mps" else torch.float64
        return torch.zeros(4, dtype=exact, device=self.device)

    def _sums(self, batch: Batch, items: int) -> Tensor:
        """[objective times items, items, score, out_of], on the device: nothing waits for it."""
        parts = (batch.objective.detach() * items, items, batch.score.detach(), batch.out_of)
        like = self.sums
        return torch.stack(
            [torch.as_tensor(p, dtype=like.dtype, device=like.device) for p in parts]
        )

    def _mean_loss(self) -> float:
        return self._figures("train", self.sums)["train_loss"]

    def _figures(self, split: str, sums: Tensor) -> runlog.Line:
        loss, items, score, out_of = sums.tolist()
        if not math.isfinite(loss + score):
            raise TrainingError(
                f"the {split} loss is {loss / items} in epoch {len(self.history) + 1}, step "
                f"{self.step}; try a smaller --lr, --clip 1, or --precision float32"
            )
        mean = score / out_of
        metric = mean if self.task.metric == "acc" else math.exp(min(mean, 700.0))
        return {f"{split}_loss": loss / items, f"{split}_{self.task.metric}": metric}
