"""Trains your vision transformer and a small convolutional network on the five classes.

    python train_vit.py --data data            both models; writes runs/vit/ and runs/cnn/
    python train_vit.py --smoke                the same in seconds, on made-up images

`--data` is what coco_subset.py wrote. Every run's folder gets log.jsonl (one line an epoch), the
weights that validated best (vit.safetensors or cnn.safetensors), loss.png and confusion.png (rows:
true classes).
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from matplotlib.ticker import MaxNLocator
from safetensors.torch import save_file
from torch import Tensor, nn
from vit_from_scratch_solution_template import ViT

CLASSES = ("airplane", "bus", "cat", "dog", "pizza")
Data = tuple[Tensor, Tensor]  # images (N, 3, 64, 64) uint8, labels (N,) int64


class ConvNet(nn.Module):
    """The convolutional network to compare with: four stages, each of half the size."""

    def __init__(self, num_classes: int = 5, width: int = 32) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        channels = 3
        for stage in range(4):
            wider = width * 2 ** min(stage, 2)
            stages += [nn.Conv2d(channels, wider, 3, padding=1), nn.BatchNorm2d(wider), nn.ReLU(),
                       nn.MaxPool2d(2)]  # fmt: skip
            channels = wider
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, 64, 64) -> (B, num_classes) logits."""
        return self.head(self.stages(images).mean(dim=(2, 3)))


def read_folder(folder: Path) -> Data:
    """All images of FOLDER/CLASS/*.png, in memory."""
    from torchvision.io import ImageReadMode, decode_image

    paths = [
        (p, i) for i, name in enumerate(CLASSES) for p in sorted((folder / name).glob("*.png"))
    ]
    if not paths:
        sys.exit(f"There are no images in {folder}: run coco_subset.py first, or use --smoke.")
    images = torch.stack([decode_image(str(path), ImageReadMode.RGB) for path, _ in paths])
    return images, torch.tensor([label for _, label in paths])


def made_up(count: int, seed: int) -> Data:
    """Images of coloured stripes; the direction and the colour tell the class."""
    dice = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % len(CLASSES)
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    waves = torch.stack([torch.sin(x / 4), torch.sin(y / 4), torch.sin((x + y) / 5),
                         torch.sin(x / 9), torch.sin((x - y) / 7)])  # fmt: skip
    pixels = 127 + 60 * waves[labels][:, None] + 30 * torch.randn(count, 3, 64, 64, generator=dice)
    return pixels.clamp(0, 255).to(torch.uint8), labels


def scaled(images: Tensor, device: torch.device) -> Tensor:
    """uint8 -> numbers from -1 to 1."""
    return images.to(device).float() / 127.5 - 1


def varied(images: Tensor) -> Tensor:
    """A batch moved by up to 4 pixels, and mirrored half of the time."""
    dy, dx = torch.randint(-4, 5, (2,)).tolist()
    images = images.roll((dy, dx), dims=(2, 3))
    return images.flip(3) if torch.rand(()) < 0.5 else images


def evaluate(model: nn.Module, data: Data, device: torch.device) -> tuple[float, float, Tensor]:
    """Mean loss, top-1 accuracy, and the confusion matrix (rows: true classes)."""
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(scaled(batch, device)).cpu() for batch in data[0].split(256)])
    predicted, labels = logits.argmax(dim=1), data[1]
    matrix = torch.zeros(len(CLASSES), len(CLASSES), dtype=torch.int64)
    matrix.index_put_((labels, predicted), torch.ones_like(labels), accumulate=True)
    loss = F.cross_entropy(logits, labels).item()
    return loss, (predicted == labels).double().mean().item(), matrix


def train(
    model: nn.Module, learn: Data, validate: Data, told: argparse.Namespace, out: Path
) -> float:
    """Train, log, keep the best weights, draw; returns the best validation accuracy."""
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device(told.device)
    model.to(device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=told.lr, weight_decay=0.05)
    steps = told.epochs * -(-len(learn[1]) // told.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, told.lr, total_steps=steps)
    history: list[dict[str, float]] = []
    best, best_weights = -1.0, copy.deepcopy(model.state_dict())
    for epoch in range(1, told.epochs + 1):
        started, total = time.perf_counter(), 0.0
        model.train()
        for batch in torch.randperm(len(learn[1])).split(told.batch_size):
            logits = model(varied(scaled(learn[0][batch], device)))
            loss = F.cross_entropy(logits, learn[1][batch].to(device))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() * len(batch)
        validation_loss, accuracy, _ = evaluate(model, validate, device)
        history.append({"epoch": epoch, "train_loss": total / len(learn[1]), "valid_acc": accuracy,
                        "valid_loss": validation_loss,
                        "train_time": round(time.perf_counter() - started, 3)})  # fmt: skip
        print(f"{out.name} epoch {epoch}: loss {history[-1]['train_loss']:.3f}, validation loss "
              f"{validation_loss:.3f}, top-1 accuracy {accuracy:.2%}")  # fmt: skip
        if accuracy > best:
            best, best_weights = accuracy, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_weights)
    weights = {key: value.cpu() for key, value in best_weights.items()}
    save_file(weights, out / f"{out.name}.safetensors", metadata={"config": "{}"})
    (out / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in history))
    draw_loss(history, out / "loss.png")
    draw_confusion(evaluate(model, validate, device)[2], out / "confusion.png")
    return best


def draw_loss(history: list[dict[str, float]], path: Path) -> None:
    """Both losses over the epochs."""
    figure, axes = plt.subplots(figsize=(5, 3.4), layout="constrained")
    epochs = [line["epoch"] for line in history]
    for name, label in (("train_loss", "training"), ("valid_loss", "validation")):
        axes.plot(epochs, [line[name] for line in history], marker="o", label=label)
    axes.set(xlabel="epoch", ylabel="cross-entropy (nats)", ylim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_confusion(matrix: Tensor, path: Path) -> None:
    """Counts of images: a row for each true class, a column for each predicted one."""
    figure, axes = plt.subplots(figsize=(4.6, 4.2), layout="constrained")
    axes.imshow(matrix, cmap="Blues")
    for row, counts in enumerate(matrix.tolist()):
        for column, count in enumerate(counts):
            light = count < 0.6 * matrix.max()
            axes.text(column, row, str(count), ha="center", va="center",
                      color="black" if light else "white")  # fmt: skip
    axes.set_xticks(range(len(CLASSES)), CLASSES, rotation=35)
    axes.set_yticks(range(len(CLASSES)), CLASSES)
    axes.set(xlabel="predicted class", ylabel="true class")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> None:
    """Train both models on the same data and print a table."""
    parser = argparse.ArgumentParser(description="Train a vision transformer and a ConvNet.")
    parser.add_argument("--data", type=Path, help="what coco_subset.py wrote")
    parser.add_argument("--out", type=Path, default=Path("runs"))
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--smoke", action="store_true", help="seconds, on made-up images")
    told = parser.parse_args(arguments)
    if told.smoke:
        told.epochs = 2
        learn, validate = made_up(200, seed=1), made_up(50, seed=2)
    elif told.data:
        learn, validate = (read_folder(told.data / part) for part in ("train", "validation"))
    else:
        parser.error("say where the data is (--data), or --smoke")
    rows = []
    for name, model_class in (("vit", ViT), ("cnn", ConvNet)):
        torch.manual_seed(told.seed)
        model: nn.Module = model_class()
        started = time.perf_counter()
        accuracy = train(model, learn, validate, told, told.out / name)
        rows.append((name, sum(p.numel() for p in model.parameters()), accuracy,
                     time.perf_counter() - started))  # fmt: skip
    print("\n| model | parameters | top-1 validation accuracy | seconds |\n|:--|--:|--:|--:|")
    for name, count, accuracy, seconds in rows:
        print(f"| {name} | {count:,} | {accuracy:.2%} | {seconds:.1f} |")


if __name__ == "__main__":
    main()
