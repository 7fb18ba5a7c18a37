"""The data sets of the course, as tensors in memory.

    train = cifar10("data", "train")              Images: pixels (N, 3, 32, 32) uint8, labels (N,)
    train = fashion_mnist("data", "train")        Images: pixels (N, 1, 28, 28) uint8, labels (N,)
    train = wikitext2("data", "train")            Tokens: source, target and mask, (N, 256)
    train = coco_subset("data", "train")          Images: pixels (N, 3, 64, 64) uint8, labels (N,)
    train = imdb("data", "train")                 Reviews: texts and labels

The folder comes from `data_root` (course_files.py). Every file that has a checksum is held against
it before it is read. Where a file is missing or wrong, `DataError` says which, and how to get it.
Three of the sets are downloaded by

    python course_data.py cifar10 --data DIR      (or fashion_mnist, or imdb)
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import pickle
import sys
import tarfile
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from course_files import (
    CHECKSUMS,
    DataError,
    command_for,
    data_root,
    first_of,
    known_split,
    open_npz,
    origin_of,
    read_checked,
    sums_beside,
)
from torch import Tensor

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer",
                   "dog", "frog", "horse", "ship", "truck")  # fmt: skip
FASHION_MNIST_CLASSES = ("T-shirt/top", "trouser", "pullover", "dress", "coat",
                         "sandal", "shirt", "sneaker", "bag", "ankle boot")  # fmt: skip
COCO_CLASSES = ("airplane", "bus", "cat", "dog", "pizza")
# Mean and standard deviation of each channel over the training images, for pixels from 0 to 1.
CIFAR10_STATS = ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
FASHION_MNIST_STATS = ((0.2860,), (0.3530,))
COCO_STATS = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))  # not measured: pixels become numbers from -1 to 1
WIKITEXT2_VOCABULARY = 40479  # the 40,478 entries of GPT-1, moved up by one: 0 is the padding
WIKITEXT2_LENGTH = 256
IMDB_URL = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"


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


@dataclass(frozen=True)
class Tokens:
    """Sequences of at most 256 pairs (a token, the one after it), padded with zeros."""

    source: Tensor  # (N, 256) int32
    target: Tensor  # (N, 256) int32
    mask: Tensor  # (N, 256) bool, True at real tokens
    origin: str

    def __len__(self) -> int:
        return len(self.source)

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        """Some sequences as int64, without the columns that are padding in all of them."""
        longest = int(self.mask[indices].sum(dim=1).max())
        parts = {"source": self.source, "target": self.target, "mask": self.mask}
        return {name: part[indices, :longest].long() for name, part in parts.items()}


@dataclass(frozen=True)
class Reviews:
    """Film reviews."""

    texts: list[str]
    labels: Tensor  # (N,) int64, 0 negative, 1 positive
    origin: str

    def __len__(self) -> int:
        return len(self.texts)


# --- images ---------------------------------------------------------------------------------------


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
    all images as JPEG files of quality 75, which is lossy. The split `train4000` is the first 4,000
    training images, without loss, from `cifar10_lossless_train_first4000.npz`.
    """
    root, command = known_split("cifar10", root, split, "train", "test", "train4000")
    names = ("cifar-10-batches-py", "cifar10_jpegq75.npz", "cifar10_lossless_train_first4000.npz")
    folder, jpegs, first4000 = (first_of(root, name, f"cifar10/{name}") for name in names)
    if split == "train4000":
        with open_npz(root, first4000, f"copy {first4000.name}") as stored:
            pixels, labels = stored["images"].transpose(0, 3, 1, 2), stored["labels"]
        origin = f"CIFAR-10, {first4000.name}"
    elif jpegs.exists() and not folder.exists():
        with open_npz(root, jpegs, f"copy it, or better: {command}") as stored:
            pixels, labels = _decode_jpegs(stored, split)
        origin = f"CIFAR-10, {jpegs.name}: JPEG quality 75, lossy"
    else:
        batches = [f"data_batch_{i}" for i in range(1, 6)] if split == "train" else ["test_batch"]
        files = [io.BytesIO(read_checked(root, folder / name, command)) for name in batches]
        content = [_Unpickler(file, encoding="latin1").load() for file in files]
        pixels = np.concatenate([batch["data"] for batch in content]).reshape(-1, 3, 32, 32)
        labels = np.concatenate([batch["labels"] for batch in content])
        origin = origin_of(root, "CIFAR-10")
    return _images(pixels, labels, CIFAR10_CLASSES, origin)


def _decode_jpegs(stored: Any, split: str) -> tuple[Any, Any]:
    """Image i is the file `header + tails[offsets[i]:offsets[i + 1]]` of the split."""
    from PIL import Image

    head, tails = stored[f"{split}_header"].tobytes(), stored[f"{split}_tails"].tobytes()
    offsets, labels = stored[f"{split}_offsets"].tolist(), stored[f"{split}_labels"]
    pixels = np.empty((len(labels), 32, 32, 3), dtype=np.uint8)
    for i, (start, end) in enumerate(zip(offsets, offsets[1:], strict=False)):
        pixels[i] = np.asarray(Image.open(io.BytesIO(head + tails[start:end])).convert("RGB"))
    return pixels.transpose(0, 3, 1, 2), labels


def fashion_mnist(root: str | Path, split: str) -> Images:
    """FashionMNIST, `train` (60,000) or `test` (10,000), from the four .gz files."""
    root, command = known_split("fashion_mnist", root, split, "train", "test")
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
    from torchvision.io import ImageReadMode, decode_image

    root, _ = known_split("coco_subset", root, split, "train", "validation")
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
        content = bytearray(read_checked(beside, path, command, sums))
        try:
            image = decode_image(torch.frombuffer(content, dtype=torch.uint8), ImageReadMode.RGB)
        except (RuntimeError, ValueError):
            raise DataError(f"{path} is no image; to get it: {command}") from None
        pixels.append(image)
        labels.append(places.index(path.parent))
    origin = origin_of(root, f"COCO, five classes, {split}")
    return Images(torch.stack(pixels), torch.tensor(labels), COCO_CLASSES, origin)


def _images(pixels: Any, labels: Any, classes: tuple[str, ...], origin: str) -> Images:
    stored = torch.from_numpy(np.array(pixels, dtype=np.uint8, order="C"))
    return Images(stored, torch.from_numpy(np.array(labels, dtype=np.int64)), classes, origin)


def split_off(images: Images, count: int, seed: int = 0) -> tuple[Images, Images]:
    """The images without `count` random ones, and those. The seed alone decides which."""
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    return images.part(order[count:].sort().values), images.part(order[:count].sort().values)


def three_splits(reader: Any, root: Path, one_in: int) -> dict[str, Images]:
    """`train`, `valid` and `test` of a set; one in so many training images is for validation."""
    images = reader(root, "train")
    train, valid = split_off(images, len(images) // one_in)
    return {"train": train, "valid": valid, "test": reader(root, "test")}


def scaled(pixels: Tensor, stats: tuple[tuple[float, ...], tuple[float, ...]]) -> Tensor:
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
    padded = torch.nn.functional.pad(pixels, [padding] * 4)
    top, left = torch.randint(0, 2 * padding + 1, (2, count, 1))
    rows, columns = top + torch.arange(height), left + torch.arange(width)  # (B, H), (B, W)
    if mirror:
        columns = torch.where(torch.rand(count, 1) < 0.5, columns.flip(1), columns)
    rows, columns = rows.to(device), columns.to(device)
    images = torch.arange(count, device=device)[:, None, None]
    cropped = padded.permute(0, 2, 3, 1)[images, rows[:, :, None], columns[:, None, :]]
    return cropped.permute(0, 3, 1, 2).contiguous()  # (B, H, W, C) -> (B, C, H, W)


# --- text -----------------------------------------------------------------------------------------


def wikitext2(root: str | Path, split: str) -> Tokens:
    """WikiText-2 in the course's form, `train`, `validation` or `test`.

    A line of n tokens has n - 1 pairs (token, next token). They are cut into sequences of 256, the
    last one shorter; no pair is lost, none is counted twice, and none crosses into the next line.
    """
    root, _ = known_split("wikitext2", root, split, "train", "validation", "test")
    name = f"wiki.{split}.npz"
    path = first_of(root, f"wikitext2/{name}", f"wikitext-2/{name}", name)
    command = f"copy {name} from the material of the course"
    with open_npz(root, path, command) as stored:
        tokens, sizes = stored["tokens"].astype(np.int32), stored["sizes"]
    pairs = np.maximum(sizes - 1, 0)  # of each line
    chunks = -(-pairs // WIKITEXT2_LENGTH)  # of each line
    line = np.repeat(np.arange(len(sizes)), chunks)  # of each chunk
    number = np.arange(len(line)) - np.repeat(np.cumsum(chunks) - chunks, chunks)  # within the line
    start = (np.cumsum(sizes) - sizes)[line] + WIKITEXT2_LENGTH * number
    length = np.minimum(pairs[line] - WIKITEXT2_LENGTH * number, WIKITEXT2_LENGTH)
    steps = np.arange(WIKITEXT2_LENGTH)
    mask = steps < length[:, None]  # (N, 256)
    at = np.where(mask, start[:, None] + steps, 0)
    source, target = tokens[at] * mask, tokens[np.where(mask, at + 1, 0)] * mask
    source, target, mask = (torch.from_numpy(part) for part in (source, target, mask))
    return Tokens(source, target, mask, origin_of(root, f"WikiText-2, {name}"))


def imdb(root: str | Path, split: str) -> Reviews:
    """The 25,000 labelled reviews of a split, `train` or `test`: first all negative ones.

    Reads the folder `aclImdb`, or `imdb_train_full25k.jsonl.gz` and its like.
    """
    root, command = known_split("imdb", root, split, "train", "test")
    name = f"imdb_{split}_full25k.jsonl.gz"
    stored = first_of(root, f"imdb/{name}", name)
    folder = first_of(root, "aclImdb", "imdb/aclImdb")
    if stored.exists() and not folder.exists():
        lines = gzip.decompress(read_checked(root, stored, command)).splitlines()
        rows = [json.loads(line) for line in lines]
        labels = torch.tensor([row["label"] for row in rows])
        return Reviews([row["text"] for row in rows], labels, f"IMDB, {stored.name}")
    reviews: list[tuple[str, int]] = []
    for label, name in enumerate(("neg", "pos")):
        place = folder / split / name
        paths = sorted(place.glob("*.txt"), key=lambda path: int(path.stem.split("_")[0]))
        expected = sum((root / path).parent == place for path in sums_beside(root)) or 12_500
        if len(paths) != expected:
            raise DataError(
                f"{place} holds {len(paths):,} reviews where {expected:,} belong; aclImdb_v1.tar.gz"
                f" has md5 {CHECKSUMS['aclImdb_v1.tar.gz']}; to get it: {command}"
            )
        reviews += [(path.read_text("utf-8"), label) for path in paths]
    labels = torch.tensor([label for _, label in reviews])
    return Reviews([text for text, _ in reviews], labels, origin_of(root, "IMDB"))


# --- downloads ------------------------------------------------------------------------------------


def download(name: str, root: Path) -> None:
    """Fetch a data set into the folder; checksums are verified."""
    root.mkdir(parents=True, exist_ok=True)
    if name == "imdb" and not (root / "aclImdb").exists():
        archive = root / "aclImdb_v1.tar.gz"
        if not archive.exists():
            urllib.request.urlretrieve(IMDB_URL, archive)
        content = read_checked(root, archive, f"remove it, then {command_for('imdb', root)}")
        with tarfile.open(fileobj=io.BytesIO(content)) as packed:
            packed.extractall(root, filter="data")
    elif name != "imdb":
        from torchvision import datasets

        kind = {"cifar10": datasets.CIFAR10, "fashion_mnist": datasets.FashionMNIST}[name]
        kind(root, download=True)


def main(arguments: list[str] | None = None) -> str:
    """Download what is missing and show what there is; returns what went wrong."""
    readers = {f.__name__: f for f in (cifar10, fashion_mnist, wikitext2, coco_subset, imdb)}
    parser = argparse.ArgumentParser(description="Download a data set and check it.")
    parser.add_argument("name", choices=readers)
    parser.add_argument("--data", help="folder; else $COURSE_DATA, else data")
    told = parser.parse_args(arguments)
    try:
        root = data_root(told.data)
        if told.name not in ("wikitext2", "coco_subset") and told.data != "sample":
            download(told.name, root)
        for split in ("train", "validation" if told.name == "coco_subset" else "test"):
            found: Any = readers[told.name](root, split)
            print(f"{told.name} {split}: {len(found):,} ({found.origin})")
    except (DataError, OSError, RuntimeError) as error:
        return str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
