"""Labelled images: reading the data sets, augmenting batches, learning to classify.

    train = cifar10("data", "train")              Images: pixels (N, 3, 32, 32) uint8, labels (N,)
    train = fashion_mnist("data", "train")        Images: pixels (N, 1, 28, 28) uint8, labels (N,)
    train = coco_subset("data", "train")          Images: pixels (N, 3, 64, 64) uint8, labels (N,)

Two of them are downloaded by

    python -m lab.images cifar10 --data DIR       (or fashion_mnist)

Every file that has a checksum is verified before it is read. Where a file is missing or wrong,
`DataError` says which, and how to get it.
"""

from __future__ import annotations

import gzip
import io
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.files import (
    CHECKSUMS,
    DataError,
    first_of,
    known_split,
    main,
    open_npz,
    origin_of,
    read_checked,
    sums_beside,
)
from lab.training import Batch

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from torchvision import datasets

CHECKSUMS.update([*datasets.CIFAR10.train_list, *datasets.CIFAR10.test_list])
CHECKSUMS.update(datasets.FashionMNIST.resources)
CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer",
                   "dog", "frog", "horse", "ship", "truck")  # fmt: skip
FASHION_MNIST_CLASSES = ("T-shirt/top", "trouser", "pullover", "dress", "coat",
                         "sandal", "shirt", "sneaker", "bag", "ankle boot")  # fmt: skip
COCO_CLASSES = ("airplane", "bus", "cat", "dog", "pizza")
# Mean and standard deviation of each channel over the training images, for pixels from 0 to 1.
CIFAR10_STATS = ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
FASHION_MNIST_STATS = ((0.2860,), (0.3530,))
COCO_STATS = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))  # not measured: pixels become numbers from -1 to 1
Stats = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True)
class Images:
    """Labelled images in memory."""

    pixels: Tensor  # (N, C, H, W) uint8
    labels: Tensor  # (N,) int64
    classes: tuple[str, ...]
    origin: str  # which files these are; to be named beside every figure

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, indices: Tensor) -> Images:
        """The images with these numbers, in that order."""
        return replace(self, pixels=self.pixels[indices], labels=self.labels[indices])


class _Unpickler(pickle.Unpickler):
    """Builds arrays and nothing else: a pickle may otherwise run any code."""

    def find_class(self, module: str, name: str) -> Any:
        of_arrays = ("_reconstruct", "ndarray", "dtype", "encode")  # encode: bytes in Python 3
        if module.split(".")[0] in ("numpy", "_codecs") and name in of_arrays:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"a data file may not hold {module}.{name}")


def cifar10(root: str | Path, split: str) -> Images:
    """CIFAR-10, `train` (50,000) or `test` (10,000), in the order of the published batches.

    Reads `cifar-10-batches-py` as torchvision unpacks it, or else `cifar10_jpegq75.npz`, a copy of
    all images as JPEG files of quality 75, which is lossy.
    """
    root, command = known_split("lab.images cifar10", root, split, "train", "test")
    names = ("cifar-10-batches-py", "cifar10_jpegq75.npz")
    folder, jpegs = (first_of(root, name, f"cifar10/{name}") for name in names)
    if jpegs.exists() and not folder.exists():
        with open_npz(root, jpegs, f"copy it, or better: {command}") as stored:
            pixels, labels = _decode_jpegs(stored, split)
        origin = f"CIFAR-10, {jpegs.name}: JPEG quality 75, lossy"
    else:
        published = datasets.CIFAR10.train_list if split == "train" else datasets.CIFAR10.test_list
        files = [read_checked(root, folder / name, command) for name, _ in published]
        content = [_Unpickler(io.BytesIO(file), encoding="latin1").load() for file in files]
        pixels = np.concatenate([batch["data"] for batch in content]).reshape(-1, 3, 32, 32)
        labels = np.concatenate([batch["labels"] for batch in content])
        origin = origin_of(root, "CIFAR-10")
    return _images(pixels, labels, CIFAR10_CLASSES, origin)


def _decode_jpegs(stored: Any, split: str) -> tuple[Any, Any]:
    """Image i is the file `header + tails[offsets[i]:offsets[i + 1]]` of the split."""
    head, tails = stored[f"{split}_header"].tobytes(), stored[f"{split}_tails"].tobytes()
    offsets, labels = stored[f"{split}_offsets"].tolist(), stored[f"{split}_labels"]
    pixels = np.empty((len(labels), 32, 32, 3), dtype=np.uint8)
    for i, (start, end) in enumerate(zip(offsets, offsets[1:], strict=False)):
        pixels[i] = np.asarray(Image.open(io.BytesIO(head + tails[start:end])).convert("RGB"))
    return pixels.transpose(0, 3, 1, 2), labels


def fashion_mnist(root: str | Path, split: str) -> Images:
    """FashionMNIST, `train` (60,000) or `test` (10,000), from the four .gz files."""
    root, command = known_split("lab.images fashion_mnist", root, split, "train", "test")
    stem = "train" if split == "train" else "t10k"
    arrays = []
    for kind, head in (("images-idx3", 16), ("labels-idx1", 8)):
        name = f"{stem}-{kind}-ubyte.gz"
        path = first_of(root, f"FashionMNIST/raw/{name}", f"raw/{name}", name)
        unpacked = gzip.decompress(read_checked(root, path, command))
        arrays.append(np.frombuffer(unpacked, dtype=np.uint8, offset=head))
    pixels = arrays[0].reshape(-1, 1, 28, 28)
    return _images(pixels, arrays[1], FASHION_MNIST_CLASSES, origin_of(root, "FashionMNIST"))


def coco_subset(root: str | Path, split: str) -> Images:
    """Five classes of COCO, `train` or `validation`, as coco_subset.py of a4 writes them.

    Reads SPLIT/CLASS/*.png below the root, or below its folder `coco_subset`, class after class.
    """
    root, _ = known_split("lab.images coco_subset", root, split, "train", "validation")
    folder = first_of(root, f"coco_subset/{split}", split)
    beside = folder.parent if (folder.parent / "SHA256SUMS").exists() else root
    sums = sums_beside(beside)
    places = [folder / name for name in COCO_CLASSES]
    paths = {path for name in sums if (path := beside / name).parent in places}
    paths |= {path for place in places for path in place.glob("*.png")}
    command = f"python coco_subset.py --annotations FILE --images FOLDER --out {folder.parent}"
    if not paths:
        raise DataError(f"there are no images in {folder}; to get them (in a4): {command}")
    pixels, labels = [], []
    for path in sorted(paths, key=lambda path: (places.index(path.parent), path.name)):
        content = read_checked(beside, path, command, sums)
        try:
            with Image.open(io.BytesIO(content)) as image:
                pixels.append(np.asarray(image.convert("RGB")).transpose(2, 0, 1))
        except (OSError, SyntaxError):  # what Pillow raises for other files
            raise DataError(f"{path} is no image; to get it: {command}") from None
        labels.append(places.index(path.parent))
    origin = origin_of(root, f"COCO, five classes, {split}")
    return _images(np.stack(pixels), labels, COCO_CLASSES, origin)


def _images(pixels: Any, labels: Any, classes: tuple[str, ...], origin: str) -> Images:
    stored = torch.from_numpy(np.array(pixels, dtype=np.uint8, order="C"))
    return Images(stored, torch.from_numpy(np.array(labels, dtype=np.int64)), classes, origin)


def split_off(images: Images, count: int, seed: int = 0) -> tuple[Images, Images]:
    """The images without `count` random ones, and those. The seed alone decides which."""
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    return images.part(order[count:].sort().values), images.part(order[:count].sort().values)


def three_splits(reader: Any, root: Path, one_in: int) -> dict[str, Images]:
    """`train`, `valid` and `test` of a set; one training image in `one_in` is for validation."""
    images = reader(root, "train")
    train, valid = split_off(images, len(images) // one_in)
    return {"train": train, "valid": valid, "test": reader(root, "test")}


def scaled(pixels: Tensor, stats: Stats) -> Tensor:
    """uint8 (B, C, H, W) -> float32 with mean 0 and deviation 1 in each channel, over the set."""
    mean, deviation = (torch.tensor(part, device=pixels.device)[:, None, None] for part in stats)
    return (pixels.float() / 255 - mean) / deviation


def augment(pixels: Tensor, padding: int = 4, mirror: bool = True) -> Tensor:
    """Random crops of the zero-padded images, half of them mirrored: each image for itself.

    Takes and returns (B, C, H, W) of any dtype, on any device. One gather for the whole batch; the
    random numbers are those of the CPU, so that a seed means the same on every device.
    """
    count, _, height, width = pixels.shape
    device = pixels.device
    padded = F.pad(pixels, [padding] * 4)
    top, left = torch.randint(0, 2 * padding + 1, (2, count, 1))
    rows, columns = top + torch.arange(height), left + torch.arange(width)  # (B, H), (B, W)
    if mirror:
        columns = torch.where(torch.rand(count, 1) < 0.5, columns.flip(1), columns)
    rows, columns = rows.to(device), columns.to(device)
    images = torch.arange(count, device=device)[:, None, None]
    cropped = padded.permute(0, 2, 3, 1)[images, rows[:, :, None], columns[:, None, :]]
    return cropped.permute(0, 3, 1, 2).contiguous()  # (B, H, W, C) -> (B, C, H, W)


class ImageTask:
    """Classify images. They are on the device from the start.

    The model takes (B, C, H, W) and returns logits (B, classes). Its own `loss(logits, labels)` is
    minimised where it has one, else the cross-entropy with label `smoothing`. Training images are
    padded by `padding` pixels and cropped at random, and mirrored half of the time unless `mirror`
    is False; `padding` 0 leaves them as they are. With `both_ways`, the model is evaluated by its
    mean logits for an image and for its mirror image.
    """

    metric = "acc"

    def __init__(
        self,
        splits: Mapping[str, Images],
        stats: Stats,
        device: torch.device,
        padding: int = 4,
        smoothing: float = 0.0,
        mirror: bool = True,
        both_ways: bool = False,
    ) -> None:
        self.data = {
            name: replace(part, pixels=part.pixels.to(device), labels=part.labels.to(device))
            for name, part in splits.items()
        }
        self.sizes: Mapping[str, int] = {name: len(part) for name, part in splits.items()}
        self.lengths: Mapping[str, Tensor] = {}
        self.origin, self.classes = splits["train"].origin, splits["train"].classes
        self.stats, self.device, self.smoothing = stats, device, smoothing
        self.padding, self.mirror, self.both_ways = padding, mirror, both_ways

    def run(self, model: Any, split: str, indices: Tensor) -> Batch:
        """The loss on some images, and how many of them are classified correctly."""
        indices = indices.to(self.device)
        pixels, labels = self.data[split].pixels[indices], self.data[split].labels[indices]
        if model.training and self.padding:
            pixels = augment(pixels, self.padding, self.mirror)
        logits = model(scaled(pixels, self.stats))
        if self.both_ways and not model.training:
            logits = (logits + model(scaled(pixels.flip(3), self.stats))) / 2
        if model.training and self.smoothing:
            loss = F.cross_entropy(logits, labels, label_smoothing=self.smoothing)
        else:
            loss = (model.loss if hasattr(model, "loss") else F.cross_entropy)(logits, labels)
        predicted, count = logits.argmax(dim=1), len(self.classes)
        pairs = torch.bincount(count * labels + predicted, minlength=count**2)
        correct = (predicted == labels).sum()
        return Batch(loss, correct, len(labels), pairs.reshape(count, count))


READERS = {"cifar10": cifar10, "fashion_mnist": fashion_mnist, "coco_subset": coco_subset}
DOWNLOADS = {
    "cifar10": lambda root: datasets.CIFAR10(root, download=True),
    "fashion_mnist": lambda root: datasets.FashionMNIST(root, download=True),
}

if __name__ == "__main__":
    sys.exit(main(READERS, DOWNLOADS) or 0)
