"""The training loop and the runners of a2: safe to kill, honest figures, every option honoured."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from lab import machine, text, training
from lab import settings as run_settings
from lab.files import data_root
from lab.logs import TrainingError
from lab.settings import Settings

import pytest
import torch
from torch import Tensor, nn

from autograder.course import ROOT
from autograder.release.build import rename_parts
from autograder.release.student_code import copy_lab
from tests.scripts import load_script

A2 = ROOT / "solutions" / "a2_lstm_and_vit"
CPU = torch.device("cpu")
TIMES = ("train_time", "valid_time", "memory")


class Lines:
    """Points on a plane, and on which side of a line they lie; 50 of them, then 20 and 20."""

    metric = "acc"
    origin = "points"

    def __init__(self, break_at: int = -1, how: Any = None) -> None:
        generator = torch.Generator().manual_seed(0)
        self.sizes = {"train": 50, "valid": 20, "test": 20}
        self.lengths: dict[str, Tensor] = {}
        self.x = {name: torch.randn(n, 2, generator=generator) for name, n in self.sizes.items()}
        self.calls, self.break_at, self.how = 0, break_at, how
        self.splits: list[str] = []

    def run(self, model: nn.Module, split: str, ingenerators: Tensor) -> Any:
        self.calls += 1
        self.splits.append(split)
        if self.calls == self.break_at:
            self.how()
        x = self.x[split][ingenerators]
        y = (x.sum(dim=1) > 0).long()
        if model.training:
            x = x + 0.1 * torch.randn(x.shape)
        logits = model(x)
        counts = torch.bincount(2 * y + logits.argmax(dim=1), minlength=4).reshape(2, 2)
        loss = nn.functional.cross_entropy(logits, y)
        return training.Batch(loss, counts.trace(), len(y), counts)


def model() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2))


def trainer(folder: Path, task: Any = None, **changed: Any) -> Any:
    """A run of three epochs of seven batches, the last of them short."""
    settings = {"epochs": 3, "batch_size": 8, "lr": 0.05, "save_every": 0.0, **changed}
    run = Settings(**settings)
    machine.set_seed(run.seed)
    return training.Trainer(model(), task or Lines(), run, folder, CPU, {"model": "points"})


def test_a_random_order_has_every_item_once() -> None:
    torch.manual_seed(0)
    lengths = torch.randint(1, 100, (1003,))
    for order in (machine.random_order(1003, 4), machine.random_order(1003, 4, lengths)):
        assert order.sort().values.equal(torch.arange(1003))
        assert not order.equal(torch.arange(1003))


def test_an_epoch_may_be_a_part_of_the_data(tmp_path: Path) -> None:
    task = Lines()
    trainer(tmp_path, task, epoch_items=16).fit()
    assert task.splits == 3 * ["train", "train", "valid", "valid", "valid"] + 3 * ["test"]
    assert [line["epoch"] for line in numbers(tmp_path)] == [1, 2, 3]


def test_items_of_like_length_share_a_batch() -> None:
    torch.manual_seed(0)
    lengths = torch.randint(1, 100, (1003,))
    batches = lengths[machine.random_order(1003, 4, lengths)].split(4)
    padded = sum(len(batch) * int(batch.max()) for batch in batches)
    assert padded < 1.05 * lengths.sum()
    means = torch.stack([batch.float().mean() for batch in batches[:-1]])
    assert means[:125].mean() == pytest.approx(float(means[125:].mean()), rel=0.1)  # shuffled


def numbers(folder: Path) -> list[dict[str, Any]]:
    """What a log says apart from seconds and bytes."""
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [{key: line[key] for key in line if key not in TIMES} for line in lines]


def same_end(one: Path, other: Path) -> bool:
    """Whether two runs have the same log and the same weights."""
    weights = [torch.load(folder / "checkpoint.pt")["model"] for folder in (one, other)]
    equal = all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    return equal and numbers(one) == numbers(other)


# --- killed and resumed ---------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for a power cut: nothing is saved when it comes."""


def kill() -> None:
    raise Killed


@pytest.mark.parametrize("optimizer", run_settings.OPTIMIZERS)
@pytest.mark.parametrize("schedule", run_settings.SCHEDULES)
def test_a_killed_run_ends_with_the_same_numbers(
    optimizer: str, schedule: str, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"optimizer": optimizer, "schedule": schedule, "warmup": 0.1}
    whole = trainer(tmp_path / "whole", **options).fit()
    for when in (4, 14, 9):  # a step of epoch 1, one of epoch 2, the validation
        with pytest.raises(Killed):
            trainer(tmp_path / "cut", Lines(when, kill), **options).fit()
    torch.rand(1000)  # what happens in between does not matter
    resumed = trainer(tmp_path / "cut", **options).fit()
    assert same_end(tmp_path / "whole", tmp_path / "cut")
    for key in ("best_epoch", "valid_acc", "test_loss", "test_acc"):
        assert whole[key] == resumed[key]


def test_checkpoints_that_are_far_apart_cost_work_not_correctness(tmp_path: Path) -> None:
    trainer(tmp_path / "whole").fit()
    with pytest.raises(Killed):  # in the second epoch: only the end of the first is saved
        trainer(tmp_path / "cut", Lines(15, kill), save_every=1e9).fit()
    assert len(numbers(tmp_path / "cut")) == 1
    task = Lines()
    trainer(tmp_path / "cut", task, save_every=1e9).fit()
    assert task.splits.count("train") == 14
    assert same_end(tmp_path / "whole", tmp_path / "cut")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("when", [3, 9])  # in training, in validation
def test_a_signal_saves_and_stops(number: int, when: int, tmp_path: Path) -> None:
    trainer(tmp_path / "whole").fit()
    task = Lines(when, lambda: os.kill(os.getpid(), number))
    with pytest.raises(training.Stopped, match="the same command resumes it"):
        trainer(tmp_path / "cut", task, save_every=1e9).fit()
    assert task.calls == when
    task = Lines()
    trainer(tmp_path / "cut", task).fit()
    assert task.splits.count("train") == 21 - min(when, 7)
    assert same_end(tmp_path / "whole", tmp_path / "cut")


def test_seeds_decide(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        trainer(tmp_path / name, seed=seed).fit()
    assert same_end(tmp_path / "one", tmp_path / "again")
    assert not same_end(tmp_path / "one", tmp_path / "other")


def test_runs_with_other_options_are_never_mixed(tmp_path: Path) -> None:
    trainer(tmp_path).fit()
    before = numbers(tmp_path)
    with pytest.raises(TrainingError, match=r"lr 0\.05, not 0\.1; give the new run another name"):
        trainer(tmp_path, lr=0.1).fit()
    assert numbers(tmp_path) == before


# --- honest figures -------------------------------------------------------------------------------


def test_accuracy_is_a_share_of_images_for_any_batch_size(tmp_path: Path) -> None:
    result = trainer(tmp_path).fit()  # 20 points in batches of 8, 8 and 4
    task, best = Lines(), model()
    best.load_state_dict(torch.load(tmp_path / "best.pt"))
    best.eval()
    for split in ("valid", "test"):
        batch = task.run(best, split, torch.arange(20))
        assert result[f"{split}_acc"] == pytest.approx(batch.score.item() / 20, abs=1e-12)
        assert result[f"{split}_loss"] == pytest.approx(batch.objective.item(), rel=1e-6)


def test_every_epoch_has_the_confusion_of_both_splits(tmp_path: Path) -> None:
    trainer(tmp_path).fit()
    for line in numbers(tmp_path):
        for split, images in (("train", 50), ("valid", 20)):
            (a, b), (c, d) = line[f"{split}_confusion"]
            assert a + b + c + d == images and (a + d) / images == line[f"{split}_acc"]


def test_perplexity_is_per_real_token() -> None:
    tokens = text.wikitext2(data_root("sample"), "test")
    task = text.LanguageTask(dict.fromkeys(("train", "valid", "test"), tokens), CPU)
    lstm = load_script("lstm_solution").LSTM(61, 4, 8, learn_embeddings=True)
    log_probas, _ = lstm(tokens.source.long(), lstm.initial_states(len(tokens)))
    picked = log_probas.gather(2, tokens.target.long().unsqueeze(2)).squeeze(2)[tokens.mask]
    batches = [task.run(lstm, "test", part) for part in torch.arange(len(tokens)).split(3)]
    total = sum(batch.score.item() for batch in batches)
    count = sum(int(batch.total) for batch in batches)
    assert count == len(picked) == int(tokens.mask.sum())
    assert math.exp(total / count) == pytest.approx(math.exp(-picked.mean().item()), rel=1e-5)


def test_the_test_split_is_touched_once_with_the_best_weights(tmp_path: Path) -> None:
    first, second, unasked = Lines(), Lines(), Lines()
    result = trainer(tmp_path / "run", first).fit()
    assert first.splits[-3:] == ["test"] * 3 and first.splits.count("test") == 3
    assert trainer(tmp_path / "run", second).fit() == result and second.calls == 0
    log = numbers(tmp_path / "run")
    assert result["best_epoch"] == max(log, key=lambda line: line["valid_acc"])["epoch"]

    assert "test_acc" not in trainer(tmp_path / "spared", unasked, test=False).fit()
    assert "test" not in unasked.splits
    late = trainer(tmp_path / "spared").fit()  # ... until it is asked for
    assert late["test_acc"] == result["test_acc"]


def test_every_file_of_a_run_is_there(tmp_path: Path) -> None:
    result = trainer(tmp_path).fit()
    names = {
        f"{split}_{what}.txt" for split in ("train", "valid") for what in ("loss", "acc", "time")
    }
    for name in names:
        column = [float(word) for word in (tmp_path / name).read_text().split()]
        log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
        assert column == [line[name.removesuffix(".txt")] for line in log] and len(column) == 3
    names |= {f"test_{what}.txt" for what in ("loss", "acc", "time")}
    names |= {"args.json", "log.jsonl", "result.json", "best.pt", "checkpoint.pt"}
    assert {path.name for path in tmp_path.iterdir()} == names  # and nothing half written
    assert float((tmp_path / "test_acc.txt").read_text()) == result["test_acc"]
    args = json.loads((tmp_path / "args.json").read_text())
    assert args["lr"] == 0.05 and args["data"] == "points" and args["torch"] == torch.__version__


def test_a_loss_that_is_not_finite_ends_the_run_in_words(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="try a smaller --lr"):
        trainer(tmp_path, optimizer="sgd", lr=1e30).fit()


# --- settings -------------------------------------------------------------------------------------


def test_optimizers_are_those_of_the_handout() -> None:
    for name, kind, momentum, decay in (
        ("adam", torch.optim.Adam, None, 0.0),
        ("adamw", torch.optim.AdamW, None, 5e-4),
        ("sgd", torch.optim.SGD, 0.0, 5e-4),
        ("momentum", torch.optim.SGD, 0.9, 5e-4),
    ):
        (made,) = run_settings.make_optimizers(model(), Settings(optimizer=name))
        group = made.param_groups[0]
        assert type(made) is kind and group["weight_decay"] == decay and group["lr"] == 3e-4
        assert group.get("momentum") == momentum


def test_the_learning_rate_rises_and_falls() -> None:
    cosine = Settings(schedule="cosine", warmup=0.1)
    factors = [run_settings.lr_factor(step, 100, cosine) for step in range(101)]
    assert factors[0] == pytest.approx(0.1) and factors[9] == factors[10] == 1
    assert factors[55] == pytest.approx(0.5) and factors[100] == pytest.approx(0)
    assert run_settings.lr_factor(70, 100, Settings()) == 1


def test_mixed_precision_and_clipping_run(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "float32").fit()
    mixed = trainer(tmp_path / "bfloat16", precision="bfloat16", clip=1.0).fit()
    assert mixed["valid_loss"] == pytest.approx(whole["valid_loss"], abs=0.2)
    assert mixed["valid_loss"] != whole["valid_loss"]
    assert machine.pick_precision("auto", CPU) == torch.float32


# --- the runners ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as students have it: lab is a package, their own files are called templates."""
    folder: Path = tmp_path_factory.mktemp("released")
    copy_lab(A2, folder)
    parts = {"lstm_solution", "vit_solution"}
    for path in A2.glob("*.py"):
        name = f"{path.stem}_template" if path.stem in parts else path.stem
        (folder / f"{name}.py").write_text(rename_parts(path.read_text(), parts))
    return folder


@pytest.fixture(scope="module")
def smoked(released: Path) -> Path:
    """The logs of both runners, as `--smoke` makes them: thirteen runs."""
    for script in ("run_exp_vit.py", "run_lstm.py"):
        done = run(released, script, "--smoke")
        assert done.returncode == 0, done.stderr
    return released / "logs" / "smoke"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True,
                          env=environment, timeout=120)  # fmt: skip


def args(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "args.json").read_text())


def test_smoke_runs_are_the_experiments_of_the_handout(smoked: Path) -> None:
    vit = [args(smoked / "vit" / f"exp{i}") for i in range(1, 8)]
    assert [(a["block"], a["layers"], a["optimizer"]) for a in vit] == [
        ("prenorm", 2, "adam"), ("prenorm", 2, "adamw"), ("prenorm", 2, "sgd"),
        ("prenorm", 2, "momentum"), ("prenorm", 4, "adamw"), ("prenorm", 6, "adamw"),
        ("postnorm", 6, "adamw"),
    ]  # fmt: skip
    lstm = [args(smoked / "lstm" / f"exp{i}") for i in range(1, 7)]
    assert [(a["layers"], a["optimizer"]) for a in lstm] == [
        (1, "adam"), (1, "adamw"), (1, "sgd"), (1, "momentum"), (2, "adamw"), (4, "adamw"),
    ]  # fmt: skip
    assert {path.name for path in smoked.iterdir()} == {"vit", "lstm"}
    assert [path.name for path in smoked.parent.iterdir()] == ["smoke"]


def test_smoke_runs_learn(smoked: Path) -> None:
    for name in ("vit/exp2", "lstm/exp2"):
        log = numbers(smoked / name)
        assert len(log) == 2 and log[1]["valid_loss"] < log[0]["valid_loss"]
    assert (smoked / "lstm" / "exp1" / "valid_ppl.txt").exists()
    result = json.loads((smoked / "vit" / "exp2" / "result.json").read_text())
    counts = torch.tensor(result["test_confusion"])
    assert counts.sum() == 60 and counts.sum(dim=1).tolist() == [6] * 10  # rows: true classes
    assert counts.trace() / 60 == pytest.approx(result["test_acc"])


def test_all_options_are_honoured_however_they_are_spelt(released: Path) -> None:
    done = run(released, "run_exp_vit.py", "--smoke", "--exp", "6", "mine", "--epochs", "1",
               "--batch_size=50", "--layers", "1", "--embed_dim", "16", "--heads", "2", "--no-test",
               "--optimizer", "momentum", "--lr", "0.01", "--momentum", "0.8", "--padding", "0",
               "--weight_decay", "0.1", "--seed", "7", "--logs", "options")  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name, experiment in (("exp6", 6), ("mine", "mine")):
        found = args(released / "options" / name)
        wanted = {"experiment": experiment, "epochs": 1, "batch_size": 50, "layers": 1, "heads": 2,
                  "embed_dim": 16, "optimizer": "momentum", "lr": 0.01, "momentum": 0.8,
                  "padding": 0, "weight_decay": 0.1, "seed": 7, "test": False}  # fmt: skip
        assert {key: found[key] for key in wanted} == wanted
        saved = torch.load(released / "options" / name / "checkpoint.pt")
        group = saved["optimizer"]["param_groups"][0]
        assert (group["lr"], group["momentum"], group["weight_decay"]) == (0.01, 0.8, 0.1)
        assert saved["model"]["cls_token"].shape == (1, 1, 16)
        assert len(numbers(released / "options" / name)) == 1


def test_a_runner_killed_for_real_goes_on(released: Path) -> None:
    words = ["run_exp_vit.py", "--smoke", "--exp", "1", "--epochs", "6", "--save-every", "0"]
    done = run(released, *words, "--logs", "whole")
    assert done.returncode == 0, done.stderr
    with subprocess.Popen([sys.executable, *words, "--logs", "cut"], cwd=released,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env={**os.environ, "OMP_NUM_THREADS": "1"}) as killed:  # fmt: skip
        end = time.monotonic() + 60
        while not (released / "cut/exp1/log.jsonl").exists() and time.monotonic() < end:
            time.sleep(0.01)
        killed.kill()
    assert 1 <= len(numbers(released / "cut/exp1")) < 6
    done = run(released, *words, "--logs", "cut")
    assert done.returncode == 0 and "resumes after epoch" in done.stdout
    assert same_end(released / "whole/exp1", released / "cut/exp1")


def test_a_runner_says_what_is_missing_in_a_sentence(tmp_path: Path, capsys: Any) -> None:
    main = load_script("run_lstm").main
    assert "is missing; expected sha256" in main(["--exp", "1", "--data", str(tmp_path)])
    for words, said in ((["--exp", "9"], "there is no experiment 9"), ([], "say which experiment")):
        with pytest.raises(SystemExit):
            main(words)
        assert said in capsys.readouterr().err


def test_a_failed_experiment_does_not_stop_the_others(tmp_path: Path) -> None:
    main = load_script("run_lstm").main
    words = ["--smoke", "--epochs", "1", "--no-test", "--logs", str(tmp_path)]
    problem = main([*words, "--exp", "3", "4", "--lr", "1e30"])
    assert "exp3: the train loss is" in problem and "exp4: the train loss is" in problem


def test_a_report_is_made_of_the_logs(smoked: Path, released: Path) -> None:
    for name in ("vit/exp4", "lstm/exp2"):
        shutil.copytree(smoked / name, released / "some" / name)
    done = run(released, "-m", "lab.report", "some")
    assert done.returncode == 0, done.stderr
    pictures = {path.name for path in (released / "some" / "report").glob("*.png")}
    assert pictures == {"curves_vit_exp4.png", "confusion_vit_exp4.png", "attention_vit_exp4.png",
                        "curves_lstm_exp2.png"}  # fmt: skip
    assert "made-up sample" in (released / "some" / "report" / "report.html").read_text()
