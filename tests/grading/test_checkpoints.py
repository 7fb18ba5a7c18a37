"""A trained model is graded from the file that was submitted, on labels it never sees."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from autograder.course import find_assignment
from autograder.grading.grader import Grader
from autograder.grading.result import CheckResult
from autograder.grading.settings import Settings
from autograder.intake.submission import read_submission
from tests.modules import load_reference

A1 = "a1_sequence_modeling"
FILE = "gru_image_classifier.safetensors"
CONFIG = {"embed_dim": 8, "hidden_size": 6, "num_layers": 1, "bidirectional": True}
COUNT = 200


@pytest.fixture(scope="module")
def model() -> Any:
    torch.manual_seed(3)
    return load_reference(A1, "main").GRUImageClassifier(**CONFIG).eval()


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    settings = Settings(A1, 0, cpu_seconds=4)
    with Grader.open(settings) as grader:
        yield grader


def written(model: Any, path: Path, config: dict[str, Any] = CONFIG) -> None:
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    save_file(weights, path, metadata={"config": json.dumps(config)})


Graded = Callable[[], CheckResult]


@pytest.fixture
def folder(tmp_path: Path, model: Any) -> Path:
    """A submission with the reference's notebook and the model's weights."""
    folder = tmp_path / "student"
    folder.mkdir()
    shutil.copy(find_assignment(A1).reference / "main.ipynb", folder)
    written(model, folder / FILE)
    return folder


@pytest.fixture
def graded(
    folder: Path, tmp_path: Path, grader: Grader, model: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., CheckResult]:
    """Grade the folder, on images of which the model knows the given share."""

    def grade(share: float = 0.85) -> CheckResult:
        images = np.random.default_rng(0).integers(0, 256, (COUNT, 3, 32, 32), dtype=np.uint8)
        mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
        std = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)
        with torch.no_grad():
            labels = model((torch.from_numpy(images).float() / 255 - mean) / std).argmax(1).numpy()
        wrong = slice(round(share * COUNT), COUNT)  # of all classes, but never the predicted one
        labels[wrong] = (labels[wrong] + 1 + np.arange(COUNT)[wrong] % 9) % 10
        (tmp_path / "held_out").mkdir(exist_ok=True)
        np.savez(tmp_path / "held_out" / "cifar10.npz", images=images, labels=labels)
        monkeypatch.setenv("COURSE_DATA", str(tmp_path))
        result = grader.grade(read_submission(folder, find_assignment(A1), grader.sandbox))
        return next(check for check in result.checks if check.id == "accuracy_top1")

    return grade


@pytest.mark.parametrize(
    ("share", "points"),
    [(0.85, 0.5), (0.8, 0.5), (0.795, 0.35), (0.7, 0.35), (0.6, 0.2), (0.59, 0)],
)
def test_points_follow_the_published_scale(
    share: float, points: float, graded: Callable[..., CheckResult]
) -> None:
    check = graded(share)
    assert check.points == points
    assert check.status == ("passed" if points == 0.5 else "failed")
    assert f"Top-1 accuracy {share:.2%} on 200 held-out images" in check.message


def test_the_mean_of_tp_and_tn_is_called_what_it_is(
    folder: Path, graded: Callable[..., CheckResult]
) -> None:
    given = "val accuracy: 0.922 after the last epoch"
    put_output(folder / "main.ipynb", given)
    message = graded(0.61).message
    assert "Your notebook prints 92.20%" in message and "It is not accuracy." in message


def test_a_high_accuracy_in_training_is_no_such_claim(
    folder: Path, graded: Callable[..., CheckResult]
) -> None:
    given = "first epoch 9: train_loss 0.2512, train_acc 0.9220, valid_loss 1.9, valid_acc 0.6100"
    put_output(folder / "main.ipynb", given)
    assert "It is not accuracy." not in graded(0.61).message


def put_output(path: Path, text: str) -> None:
    notebook = json.loads(path.read_text("utf-8"))
    cell = next(c for c in notebook["cells"] if "training" in c["metadata"].get("tags", []))
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
    path.write_text(json.dumps(notebook), "utf-8")


def test_a_file_by_torch_save_is_as_good(
    folder: Path, model: Any, graded: Callable[..., CheckResult]
) -> None:
    (folder / FILE).unlink()
    content = {"config": CONFIG, "state_dict": model.state_dict()}
    torch.save(content, folder / "gru_image_classifier.pt")
    assert graded().points == 0.5


class Evil:
    """Unpickling this would write a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (self.target, "executed"))


def test_code_in_a_checkpoint_is_never_run(
    folder: Path, tmp_path: Path, graded: Callable[..., CheckResult]
) -> None:
    (folder / FILE).unlink()
    torch.save(
        {"config": {}, "state_dict": Evil(tmp_path / "x")}, folder / "gru_image_classifier.pt"
    )
    check = graded()
    assert check.points == 0 and "cannot be read" in check.message
    assert not (tmp_path / "x").exists()


def test_weights_of_another_architecture(
    folder: Path, model: Any, graded: Callable[..., CheckResult]
) -> None:
    written(model, folder / FILE, {**CONFIG, "hidden_size": 7})
    check = graded()
    assert check.points == 0
    assert "do not fit GRUImageClassifier(embed_dim=8, hidden_size=7" in check.message


def test_a_truncated_file(folder: Path, graded: Callable[..., CheckResult]) -> None:
    data = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(data[: len(data) // 2])
    check = graded()
    assert check.points == 0 and "cannot be read" in check.message


@pytest.mark.parametrize("size", [13_000_000, 10 << 30])
def test_a_file_that_is_too_large(
    size: int, folder: Path, graded: Callable[..., CheckResult]
) -> None:
    with (folder / FILE).open("wb") as file:
        file.truncate(size)  # a hole: it takes no room on the disk
    check = graded()
    assert check.status == "missing"
    assert check.message == f"`{FILE}` is larger than the 12 MB that are accepted."


def test_without_held_out_images_the_student_is_not_blamed(
    folder: Path, tmp_path: Path, grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nowhere"))
    result = grader.grade(read_submission(folder, find_assignment(A1), grader.sandbox))
    check = next(check for check in result.checks if check.id == "accuracy_top1")
    assert check.status == "refused" and check.points == 0
    assert "not your fault" in check.message and "make_held_out.py cifar10" in check.message


def test_predictions_made_up_by_the_model_earn_what_they_are_worth(
    folder: Path, graded: Callable[..., CheckResult]
) -> None:
    path = folder / "main.ipynb"
    text = path.read_text("utf-8").replace(
        "logits: Tensor = self.output(state)  # (B, C)",
        "logits = torch.eye(10)[torch.zeros(len(images), dtype=torch.int64)]",
    )
    path.write_text(text, "utf-8")
    assert graded().points == 0


# --- a3: the same for grey images, the file named after its model -------------------------------

A3 = "a3_attention_and_sentiment"
VIT = {"image_size": 28, "patch_size": 7, "num_classes": 10, "dim": 8, "depth": 1, "heads": 2,
       "mlp_dim": 8, "channels": 1, "dim_head": 4}  # fmt: skip


@pytest.mark.parametrize(("share", "points"), [(0.91, 0.75), (0.885, 0.5), (0.85, 0.25), (0.8, 0)])
def test_a_transformer_for_fashion_mnist(
    share: float, points: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    model = load_reference(A3, "fashion_vit_solution").ViT(**VIT).eval()
    folder = tmp_path / "student"
    folder.mkdir()
    shutil.copy(find_assignment(A3).reference / "fashion_vit_solution.py", folder)
    written(model, folder / "fashion_vit.safetensors", VIT)
    images = np.random.default_rng(0).integers(0, 256, (COUNT, 1, 28, 28), dtype=np.uint8)
    with torch.no_grad():
        labels = model((torch.from_numpy(images).float() / 255 - 0.2860) / 0.3530).argmax(1)
    wrong = slice(round(share * COUNT), COUNT)
    labels[wrong] = (labels[wrong] + 1) % 10
    (tmp_path / "held_out").mkdir()
    np.savez(tmp_path / "held_out/fashion_mnist.npz", images=images, labels=labels.numpy())
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    settings = Settings(A3, 0)
    with Grader.open(settings) as grader:
        result = grader.grade(read_submission(folder, find_assignment(A3), grader.sandbox))
    check = next(check for check in result.checks if check.id == "accuracy_top1")
    assert check.points == points
    assert f"Top-1 accuracy {share:.2%} on 200 held-out images" in check.message
