"""The reference runs: their runners, Muon, cached features, the race with the source's loop."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lab import features, images, training
from lab.logs import TrainingError
from lab.settings import Settings, make_optimizers

import pytest
import torch
from torch import Tensor, nn

from tests.scripts import load_script


def smoke(module: str, logs: Path, *words: str) -> list[dict[str, Any]]:
    """Run a runner's --smoke; returns what the runs ended with."""
    main = load_script(module).main
    assert main(["--smoke", "--logs", str(logs), *words]) == 0
    return [json.loads(path.read_text()) for path in sorted(logs.glob("*/result.json"))]


def test_smoke_runs_of_the_fashion_mnist_transformer(tmp_path: Path) -> None:
    results = smoke("run_fashion_vit", tmp_path)
    assert len(results) == 2 and all(result["valid_acc"] > 0.1 for result in results)
    args = json.loads((tmp_path / "exp1" / "args.json").read_text())
    assert (args["optimizer"], args["schedule"], args["epochs"]) == ("muon", "cosine", 2)


def test_the_fashion_mnist_transformer_has_the_size_of_the_handout() -> None:
    script = load_script("run_fashion_vit")
    loop = load_script("fashion_vit_against_source_loop")
    for model in (script.build(script.DEFAULTS), loop.SourceViT()):
        assert sum(parameter.numel() for parameter in model.parameters()) == 598_794


def test_shifted_copies_show_a_patch_what_lies_around_it() -> None:
    script = load_script("run_taught_vit")
    images = torch.rand(2, 1, 28, 28)
    copies = script.with_neighbours(images, 2)
    assert copies.shape == (2, 9, 28, 28) and copies[:, 4:5].equal(images)
    assert copies[:, 0, 2:, 2:].equal(images[:, 0, :-2, :-2]) and not copies[:, 0, :2].any()
    assert copies[:, 8, :-2, :-2].equal(images[:, 0, 2:, 2:]) and not copies[:, 8, -2:].any()


def test_a_taught_transformer_is_that_of_the_exercise_and_alone_when_measured(
    tmp_path: Path,
) -> None:
    script = load_script("run_taught_vit")
    config = {**script.DEFAULTS, "share": 1.0, "temperature": 1.0}
    with pytest.raises(TrainingError, match="train the teacher first, --exp 1"):
        script.build(config, tmp_path / "exp2", torch.device("cpu"))
    (tmp_path / "exp1").mkdir()
    teacher = script.teacher(config["width"]).eval()
    torch.save(teacher.state_dict(), tmp_path / "exp1" / "best.pt")
    model = script.build(config, tmp_path / "exp2", torch.device("cpu"))
    assert len(model.vit.blocks) == 6 and model.vit.patch_size == 4
    assert all(name.startswith("vit.") for name in model.state_dict())

    images, labels = torch.randn(4, 1, 28, 28), torch.tensor([3, 1, 4, 1])
    logits = model(images)
    said = teacher(images)
    entropy = nn.functional.cross_entropy(said, said.softmax(dim=1))
    assert model.loss(logits, labels) > entropy
    assert model.loss(said, labels).allclose(entropy)  # nothing is better than to agree
    model.eval()
    assert model.loss(logits, labels).equal(nn.functional.cross_entropy(logits, labels))


def test_smoke_runs_of_a_teacher_and_its_transformers(tmp_path: Path) -> None:
    results = smoke("run_taught_vit", tmp_path)
    counts = [result["parameters"] for result in results]
    assert len(counts) == 3 and counts[0] != counts[1] == counts[2]  # the teacher is not counted


def test_the_two_loops_are_compared(tmp_path: Path) -> None:
    main = load_script("fashion_vit_against_source_loop").main
    main(["--smoke", "--out", str(tmp_path / "found.json")])
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["ours"]["reached"] and found["source"]["reached"]
    assert found["ratio_of_seconds"] == found["ours"]["seconds"] / found["source"]["seconds"]
    assert set(found["seconds_an_epoch"]) == {"ours", "source"}


def test_smoke_runs_of_the_grus(tmp_path: Path) -> None:
    main = load_script("run_gru").main
    problem = main(["--smoke", "--exp", "2", "--logs", str(tmp_path)])
    assert "exp1/best.pt is missing: train exp1 first" in str(problem)
    results = smoke("run_gru", tmp_path)
    assert len(results) == 3 and all(result["valid_acc"] > 0.1 for result in results)
    assert results[1]["train_loss"] < results[0]["train_loss"]  # it went on
    args = [json.loads((tmp_path / f"exp{i}" / "args.json").read_text()) for i in (1, 2, 3)]
    assert [one["order"] for one in args] == ["sweep", "sweep", "scan"]


class LeftHalf(nn.Module):
    """Logits of an image: how bright its left half is."""

    def forward(self, images: Tensor) -> Tensor:
        return images[..., :2].sum(dim=(1, 2, 3))[:, None] * torch.tensor([1.0, 0.0])


def test_measured_both_ways_an_image_and_its_mirror_image_are_the_same() -> None:
    pixels = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    pixels[0, :, :, :2], pixels[1, :, :, 2:] = 255, 255
    data = images.Images(pixels, torch.tensor([0, 0]), ("bright", "dark"), "made up")
    model, stats, cpu = LeftHalf(), ((0.0,), (1.0,)), torch.device("cpu")
    losses = {}
    for both_ways in (False, True):
        task = images.ImageTask({"train": data}, stats, cpu, padding=0, both_ways=both_ways)
        for mode in (True, False):
            model.train(mode)
            parts = [task.run(model, "train", torch.tensor([i])).objective for i in (0, 1)]
            losses[both_ways, mode] = parts
    assert losses[False, False][0] < losses[False, False][1]
    assert losses[True, False][0] == losses[True, False][1]
    assert losses[True, True] == losses[False, True]  # training is as it was


def test_every_token_of_a_sweep_sees_the_whole_grid() -> None:
    script = load_script("run_gru")
    sweep = script.Sweep(3, 4)
    grid = torch.randn(4, 6, 2, 3, requires_grad=True)  # (H, W, B, C)
    states = sweep(grid)
    assert states.shape == (4, 6, 2, 8)
    (gradient,) = torch.autograd.grad(states[2, 1, 0, 5], grid)
    assert (gradient[:, :, 0] != 0).any(dim=2).all() and not gradient[:, :, 1].any()


def test_merging_keeps_squares_together() -> None:
    grid = torch.arange(16.0).reshape(4, 4, 1, 1)
    merged = load_script("run_gru").merge(grid)
    assert merged[:, :, 0].tolist() == [
        [[0, 1, 4, 5], [2, 3, 6, 7]], [[8, 9, 12, 13], [10, 11, 14, 15]],
    ]  # fmt: skip


def test_smoke_run_of_the_hybrid(tmp_path: Path) -> None:
    (result,) = smoke("run_hybrid_vit", tmp_path)
    assert result["train_acc"] > 0.2 and sum(map(sum, result["test_confusion"])) == 60
    weights = torch.load(tmp_path / "exp1" / "best.pt", weights_only=True)
    assert weights["positions"].shape == (1, 64, 16)


def test_smoke_run_of_the_sentiment_model_learns(tmp_path: Path) -> None:
    (result,) = smoke("run_sentiment", tmp_path, "--epochs", "6")
    assert result["valid_acc"] > 0.6 and sum(map(sum, result["test_confusion"])) == 40
    stored = sorted((tmp_path / "features").glob("*.npy"))
    assert [path.name.split("-")[0] for path in stored] == ["test", "train"]
    written = [path.stat().st_mtime_ns for path in stored]
    smoke("run_sentiment", tmp_path, "--epochs", "1", "--exp", "again")
    assert [path.stat().st_mtime_ns for path in stored] == written  # encoded once


def test_without_transformers_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    main = load_script("run_sentiment").main
    problem = main(["--exp", "1", "--data", "sample", "--logs", str(tmp_path)])
    assert "pip install transformers" in problem


class CountingEncoder(nn.Module):
    """Features that tell which token they are of; notes how often it is asked."""

    config = SimpleNamespace(hidden_size=2)

    def __init__(self, break_at: int = -1) -> None:
        super().__init__()
        self.calls, self.break_at = 0, break_at

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> SimpleNamespace:
        self.calls += 1
        if self.calls == self.break_at:
            raise KeyboardInterrupt
        states = torch.stack([input_ids, attention_mask], dim=2).float()
        return SimpleNamespace(last_hidden_state=states)


def test_features_are_each_review_s_own_and_survive_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "TOKENS_A_BATCH", 8)
    monkeypatch.setattr(features, "_SAVE_EVERY", 1)
    tokens = [list(range(10 * i + 1, 10 * i + 2 + i % 5)) for i in range(12)]
    labels, path, device = torch.arange(12) % 2, tmp_path / "f.npy", torch.device("cpu")
    with pytest.raises(KeyboardInterrupt):
        features.encoded(CountingEncoder(3), tokens, labels, path, device)
    encoder = CountingEncoder()
    found = features.encoded(encoder, tokens, labels, path, device)
    total = len(features._by_length(tokens))
    assert encoder.calls == total - 2 and len(found) == 12
    states, mask = found.batch(torch.tensor([3, 0, 9]))
    assert mask.sum(dim=1).tolist() == [4, 1, 5]
    assert states[0, :4, 0].tolist() == tokens[3] and states[2, :, 0].tolist() == tokens[9]
    assert not states[1, 1:].any() and (states[..., 1] == mask).all()


def test_the_padded_gru_is_the_packed_one() -> None:
    torch.manual_seed(0)
    script = load_script("run_sentiment")
    sizes = {"hidden_dim": 5, "output_dim": 1, "n_layers": 2, "bidirectional": True, "dropout": 0.5}
    packed = script.BERTGRUSentiment(script.Known(4), **sizes).double()
    padded = script.PaddedGRUSentiment(script.Known(4), **sizes).double()
    padded.load_state_dict(packed.state_dict())
    features = torch.randn(3, 7, 4, dtype=torch.float64)
    mask = (torch.arange(7) < torch.tensor([[7], [1], [4]])).long()
    gradients = []
    for model in (packed, padded):
        logits = model.eval()(features, mask)
        gradients.append([logits, *torch.autograd.grad(logits.sum(), list(model.rnn.parameters()))])
    torch.testing.assert_close(*gradients)


def test_a_long_review_keeps_its_beginning_and_its_end() -> None:
    assert features.cut([5, 6], 1, 2, 10, 0.25) == [1, 5, 6, 2]
    assert features.cut(list(range(100)), -1, -2, 10, 0.25) == [-1, 0, 1, *range(94, 100), -2]


def test_muon_leaves_vectors_and_tables_to_adamw() -> None:
    torch.manual_seed(0)
    shapes = [(64, 64), (64,), (5000, 64), (10, 64), (32, 8, 3, 3)]
    model = nn.ParameterList([nn.Parameter(torch.zeros(shape)) for shape in shapes])
    adamw, muon = make_optimizers(model, Settings(optimizer="muon", lr=0.1))
    sum((torch.randn(p.shape) * p).sum() for p in model).backward()
    for optimizer in (adamw, muon):
        optimizer.step()
    sizes = [float(parameter.detach().square().mean().sqrt()) for parameter in model]
    assert sizes[1:4] == pytest.approx([0.1] * 3, rel=1e-3)  # AdamW's first step: the sign
    for number in (0, 4):  # a matrix, and the kernels of a convolution, (32, 72) as a matrix
        assert sizes[number] == pytest.approx(0.1 * 0.2, rel=0.3)
        assert model[number] not in adamw.state


def test_muon_sees_each_batch_s_own_gradient_of_a_kernel() -> None:
    kernel = nn.ParameterList([nn.Parameter(torch.zeros(32, 8, 3, 3))])
    _, muon = make_optimizers(kernel, Settings(optimizer="muon", lr=0.1))
    (matrix,) = muon.param_groups[0]["params"]
    for factor in (1.0, 2.0):
        kernel.zero_grad()
        (factor * kernel[0]).sum().backward()
        assert (matrix.grad == factor).all()
    nn.utils.clip_grad_norm_(kernel.parameters(), 1.0)
    assert float(matrix.grad.norm()) == pytest.approx(1.0, rel=1e-4)
    muon.step()
    assert kernel[0].detach().flatten(1).equal(matrix.detach()) and matrix.any()


class Slow:
    """Twenty items that take a hundredth of a second each."""

    metric, origin = "acc", "nothing"
    sizes = {"train": 20, "valid": 2, "test": 2}
    lengths: dict[str, torch.Tensor] = {}

    def run(self, model: nn.Module, split: str, indices: torch.Tensor) -> Any:
        time.sleep(0.01 * len(indices))
        logits = model(torch.ones(len(indices), 2))
        labels = torch.zeros(len(indices), dtype=torch.int64)
        loss = nn.functional.cross_entropy(logits, labels)
        return training.Batch(loss, (logits.argmax(1) == 0).sum(), len(indices))


def test_a_limit_in_minutes_ends_training_with_a_full_schedule(tmp_path: Path) -> None:
    settings = Settings(epochs=100, batch_size=1, max_minutes=0.3 / 60, schedule="cosine", lr=0.1)
    device = torch.device("cpu")
    trainer = training.Trainer(nn.Linear(2, 2), Slow(), settings, tmp_path, device, {})
    trainer.fit()
    spent = sum(line["train_time"] for line in trainer.history)
    assert spent >= 0.3 and 1 <= len(trainer.history) <= 3
    assert trainer.history[-1]["lr"] < 0.01  # of 0.1 at first: the schedule ends with the minutes
