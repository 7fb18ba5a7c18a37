"""The training loop of the course.

A runner describes what to learn as a `Task`, and `Trainer(...).fit()` does the rest:

    for each epoch: train on all batches, evaluate on the validation split, log, keep the best
    at the end:     evaluate the best weights on the test split, once

It runs on a CPU, with CUDA or on Apple's MPS, in mixed precision where that helps, and can be
killed at any time: the same command resumes the run, which ends with the same numbers.
"""

from __future__ import annotations

import dataclasses
import json
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from lab import logs, machine
from lab.logs import Line, TrainingError
from lab.settings import Settings, lr_factor, make_optimizers

import torch
from torch import Tensor, nn
from tqdm import tqdm


class Stopped(Exception):
    """The run was interrupted and is saved."""


class Batch(NamedTuple):
    """The figures of a batch."""

    objective: Tensor  # (), to be minimised: a mean over the batch
    score: Tensor  # (), a sum: of correct answers, or of negative log-likelihoods
    total: Tensor | int  # what `score` is divided by: images, or real tokens
    confusion: Tensor | int = 0  # (classes, classes), rows are the true classes; 0: there is none


class Task(Protocol):
    """What to learn."""

    metric: str  # "acc", the share of correct answers, or "ppl", the perplexity
    sizes: Mapping[str, int]  # how many items "train", "valid" and "test" have
    lengths: Mapping[str, Tensor]  # of these items, by split; empty where all are equally long
    origin: str  # which data this is

    def run(self, model: nn.Module, split: str, indices: Tensor) -> Batch:
        """Run the model on some items of a split; with augmentation while `model.training`."""
        ...


_LOOK_EVERY = 50  # steps between two looks at the loss: a look waits for the device


class Trainer:
    """A run in a folder; logs.py describes its files.

    `options` is what args.json holds beside the settings. A folder holds one run: if there is one
    with other options in it, that is a `TrainingError`.
    """

    def __init__(
        self,
        model: nn.Module,
        task: Task,
        settings: Settings,
        folder: Path,
        device: torch.device,
        options: Mapping[str, Any],
    ) -> None:
        self.model, self.task, self.settings = model.to(device), task, settings
        self.folder, self.device = folder, device
        self.options = {**options, **dataclasses.asdict(settings), "data": task.origin}

        # What changes during the run, and so belongs to a checkpoint.
        self.history: list[Line] = []  # of the epochs that are over
        self.order = torch.empty(0, dtype=torch.int64)  # of the items, in this epoch
        self.step = 0  # of this epoch
        self.sums = self._zeros()  # over the steps of this epoch
        self.confusion: Tensor | int = 0  # the same
        self.seconds = 0.0  # of training, in this epoch
        self.saved = time.monotonic()
        self.signals: list[int] = []  # that ask the run to stop

        self.items = min(settings.epoch_items or task.sizes["train"], task.sizes["train"])
        total = settings.epochs * math.ceil(self.items / settings.batch_size)

        def factor(step: int) -> float:
            return lr_factor(max(step, int(self.used() * total)), total, settings)

        self.optimizers = make_optimizers(model, settings)
        lambda_lr = torch.optim.lr_scheduler.LambdaLR
        self.schedules = [lambda_lr(optimizer, factor) for optimizer in self.optimizers]
        self.dtype = machine.pick_precision(settings.precision, device)
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.dtype == torch.float16)

    def fit(self) -> dict[str, Any]:
        """Train, or resume training, to the last epoch; returns what result.json holds."""
        self.resume()
        with machine.stop_signals() as self.signals:
            while len(self.history) < self.settings.epochs and self.used() < 1:
                self.train_epoch()
                self.end_epoch()
            return self.finish()

    def used(self) -> float:
        """The share of the training minutes that is used up; 0 where there is no limit."""
        if not self.settings.max_minutes:
            return 0.0
        seconds = self.seconds + sum(line["train_time"] for line in self.history)
        return min(1.0, seconds / (60 * self.settings.max_minutes))

    # --- an epoch ---------------------------------------------------------------------------------

    def train_epoch(self) -> None:
        """Train on the remaining batches of this epoch."""
        if self.step == 0:
            machine.reset_memory(self.device)
            size, lengths = self.task.sizes["train"], self.task.lengths.get("train")
            self.order = machine.random_order(size, self.settings.batch_size, lengths)[: self.items]
        start = time.perf_counter() - self.seconds
        batches = self.order.split(self.settings.batch_size)
        self.model.train()
        with self._progress("train", len(batches), self.step) as bar:
            for indices in batches[self.step :]:
                self.train_step(indices)
                self.step += 1
                bar.update()
                if self.step % _LOOK_EVERY == 0 or self.step == len(batches):
                    bar.set_postfix(loss=self._figures("train", self.sums)["train_loss"])
                self.seconds = time.perf_counter() - start
                self._save_if_due()
                if self.used() == 1:
                    return

    def train_step(self, indices: Tensor) -> None:
        """One batch: forward, backward, update."""
        with self._autocast():
            batch = self.task.run(self.model, "train", indices)
        self.model.zero_grad(set_to_none=True)
        self.scaler.scale(batch.objective).backward()
        if self.settings.clip:
            for optimizer in self.optimizers:
                self.scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        for optimizer, schedule in zip(self.optimizers, self.schedules, strict=True):
            self.scaler.step(optimizer)
            schedule.step()
        self.scaler.update()
        self.sums += self._sums(batch, len(indices))
        self.confusion = self.confusion + batch.confusion

    def evaluate(self, split: str) -> Line:
        """Loss, metric and seconds on a split, and the confusion matrix where there is one."""
        start, sums = time.perf_counter(), self._zeros()
        confusion: Tensor | int = 0
        self.model.eval()
        lengths = self.task.lengths.get(split, torch.zeros(self.task.sizes[split]))
        batches = lengths.argsort(stable=True).split(self.settings.batch_size)
        with torch.no_grad(), self._autocast(), self._progress(split, len(batches)) as bar:
            for indices in batches:
                batch = self.task.run(self.model, split, indices)
                sums += self._sums(batch, len(indices))
                confusion = confusion + batch.confusion
                bar.update()
                if self.signals:
                    self._save_if_due()
        line = {**self._figures(split, sums), **_counts(split, confusion)}
        line[f"{split}_time"] = round(time.perf_counter() - start, 4)
        return line

    def end_epoch(self) -> None:
        """Evaluate, keep the weights if they are the best, log and save."""
        line: Line = {"epoch": len(self.history) + 1, **self._figures("train", self.sums)}
        line |= _counts("train", self.confusion)
        line["train_time"] = round(self.seconds, 4)
        line |= self.evaluate("valid")
        line["lr"] = self.optimizers[0].param_groups[0]["lr"]
        line["memory"] = machine.memory(self.device)
        self.history.append(line)
        if logs.best_epoch(self.history, self.task.metric) is line:
            logs.write_tensors(self.folder / "best.pt", self.model.state_dict())
        self.order, self.step, self.seconds = self.order[:0], 0, 0.0
        self.sums, self.confusion = self._zeros(), 0
        self.save()  # after best.pt and before the logs: each can be made again from the one before
        logs.write_history(self.folder, self.history, self.task.metric)
        shown = {key: line[key] for key in line if key.endswith(("_loss", self.task.metric))}
        figures = ", ".join(f"{key} {value:.4f}" for key, value in shown.items())
        seconds = line["train_time"] + line["valid_time"]
        print(f"{self.folder.name} epoch {line['epoch']}: {figures}, {seconds:.1f} s", flush=True)

    def load_best(self) -> None:
        """Give the model the weights that did best on the validation split."""
        logs.load_best(self.model, self.folder, self.device)

    def finish(self) -> dict[str, Any]:
        """Test the best weights, unless that was done before, and write result.json."""
        path = self.folder / "result.json"
        result = json.loads(path.read_text("utf-8")) if path.exists() else {}
        if "test_loss" in result or (result and not self.settings.test):
            return result
        best = logs.best_epoch(self.history, self.task.metric)
        self.load_best()
        result = {"best_epoch": best["epoch"], **best, "memory": self.history[-1]["memory"]}
        del result["epoch"]
        result["seconds"] = sum(line["train_time"] + line["valid_time"] for line in self.history)
        result["parameters"] = sum(p.numel() for p in self.model.parameters())
        if self.settings.test:
            tested = self.evaluate("test")
            result |= tested
            for what in ("loss", self.task.metric, "time"):
                text = f"{tested[f'test_{what}']!r}\n"
                logs.write_text(self.folder / f"test_{what}.txt", text)
        logs.write_json(path, result)
        return result

    # --- stopping and resuming --------------------------------------------------------------------

    def save(self) -> None:
        """Write all that `resume` needs."""
        content = {
            "options": self.options,
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "schedules": [schedule.state_dict() for schedule in self.schedules],
            "scaler": self.scaler.state_dict(),
            "progress": (self.history, self.order, self.step, self.seconds),
            "sums": (self.sums, self.confusion),
            "random": machine.random_state(self.device),
        }
        logs.write_tensors(self.folder / "checkpoint.pt", content)
        self.saved = time.monotonic()

    def resume(self) -> None:
        """Continue from the checkpoint in the folder, or start."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            about = {**self.options, **machine.describe(self.device)}
            logs.write_json(self.folder / "args.json", about)
            return
        content = torch.load(path, map_location=self.device, weights_only=True)
        logs.check_same_run(self.folder, content["options"], self.options)
        self.model.load_state_dict(content["model"])
        for kind in ("optimizers", "schedules"):
            for part, state in zip(getattr(self, kind), content[kind], strict=True):
                part.load_state_dict(state)
        self.scaler.load_state_dict(content["scaler"])
        self.history, order, self.step, self.seconds = content["progress"]
        self.sums, self.confusion = content["sums"]
        self.order = order.cpu()
        machine.set_random_state(content["random"], self.device)
        logs.write_history(self.folder, self.history, self.task.metric)
        print(f"{self.folder}: resumes after epoch {len(self.history)}, step {self.step}")

    def _save_if_due(self) -> None:
        if self.signals or time.monotonic() - self.saved >= self.settings.save_every:
            self.save()
        if self.signals:
            raise Stopped(f"{self.folder} is saved; the same command resumes it.")

    def _autocast(self) -> torch.autocast:
        mixed = self.dtype != torch.float32
        return torch.autocast(self.device.type, self.dtype if mixed else None, enabled=mixed)

    def _progress(self, split: str, batches: int, done: int = 0) -> Any:
        epoch = min(len(self.history) + 1, self.settings.epochs)
        text = f"{self.folder.name} epoch {epoch}/{self.settings.epochs} {split}"
        hidden = not sys.stderr.isatty()
        return tqdm(total=batches, initial=done, desc=text, leave=False, disable=hidden)

    def _zeros(self) -> Tensor:
        exact = torch.float32 if self.device.type == "mps" else torch.float64
        return torch.zeros(4, dtype=exact, device=self.device)

    def _sums(self, batch: Batch, items: int) -> Tensor:
        """[objective times items, items, score, total], on the device: nothing waits for it."""
        parts = (batch.objective.detach() * items, items, batch.score.detach(), batch.total)
        return torch.stack([torch.as_tensor(part).to(self.sums) for part in parts])

    def _figures(self, split: str, sums: Tensor) -> Line:
        loss, items, score, total = sums.tolist()
        if not math.isfinite(loss + score):
            raise TrainingError(
                f"the {split} loss is {loss / items} in epoch {len(self.history) + 1}, step "
                f"{self.step}; try a smaller --lr, --clip 1, or --precision float32"
            )
        mean = score / total
        metric = mean if self.task.metric == "acc" else math.exp(min(mean, 700.0))
        return {f"{split}_loss": loss / items, f"{split}_{self.task.metric}": metric}


def _counts(split: str, confusion: Tensor | int) -> Line:
    return {f"{split}_confusion": confusion.tolist()} if isinstance(confusion, Tensor) else {}
