"""Makes tiny data sets in the real file formats, so that every script runs offline in seconds.

    python -m lab.samples [FOLDER]

The files have the names, folders and formats of the real sets, and so the same code reads them:

    cifar-10-batches-py/      pickled batches of 32 x 32 colour images      300 + 60 images
    FashionMNIST/raw/         idx files, gzipped, 28 x 28 grey images       300 + 60 images
    coco_subset/              PNG files of five classes, 64 x 64 pixels     100 + 40 images
    wikitext2/wiki.*.npz      token ids and tokens per line     40 + 12 + 12 lines
    aclImdb/                  one text file per review, pos/ and neg/         40 + 40 reviews
    SHA256SUMS                what the readers check these files against

All of it is made up and easy to learn: striped images whose direction and colour depend on the
class, tokens that follow from the one before them, reviews with telling words. It is the same on
every machine.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import pickle
import shutil
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

VERSION = 2
FOLDER = Path(__file__).resolve().parent.parent / "data" / f"sample-{VERSION}"
CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer",
                 "dog", "frog", "horse", "ship", "truck")  # fmt: skip
COCO_CLASSES = ("airplane", "bus", "cat", "dog", "pizza")
Bytes = npt.NDArray[np.uint8]


def make(folder: Path = FOLDER) -> Path:
    """Write the samples unless they are there already; returns their folder.

    The folder appears whole or not at all, also when several processes make it at once.
    """
    if (folder / "SHA256SUMS").exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.rmtree(work, ignore_errors=True)
    for write in (write_cifar10, write_fashion_mnist, write_coco_subset, write_wikitext2,
                  write_imdb, write_sums):  # fmt: skip
        write(work)
    try:
        work.rename(folder)
    except OSError:  # another process was quicker
        shutil.rmtree(work)
        if not (folder / "SHA256SUMS").exists():
            raise
    return folder


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def stripes(labels: Bytes, size: int, channels: int, rng: np.random.RandomState) -> Bytes:
    """Noisy images, (N, channels, size, size): ten directions and tints, one for each class."""
    rows, columns = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    angles = np.pi * labels[:, None, None] / 10
    phases = rng.uniform(0, 2 * np.pi, (len(labels), 1, 1))
    waves = np.sin((rows * np.sin(angles) + columns * np.cos(angles)) * 0.9 + phases)
    tints = np.cos(2 * np.pi * (labels[:, None] / 10 + np.arange(channels) / 3))
    pixels = 128 + 55 * waves[:, None] + 40 * tints[:, :, None, None]
    pixels = pixels + rng.normal(0, 15, pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _labels(count: int, rng: np.random.RandomState) -> Bytes:
    """As many of each class, shuffled."""
    return rng.permutation(np.arange(count) % 10).astype(np.uint8)


def write_cifar10(folder: Path) -> None:
    """Five training batches and a test batch, as torchvision unpacks the python version."""
    rng = np.random.RandomState(10)
    names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    for name in names:
        labels = _labels(60, rng)
        batch = {
            "batch_label": name,
            "labels": labels.tolist(),
            "data": stripes(labels, 32, 3, rng).reshape(60, 3 * 32 * 32),
            "filenames": [f"{name}_{i}.png" for i in range(60)],
        }
        _put(folder / "cifar-10-batches-py" / name, pickle.dumps(batch, protocol=2))
    meta = {"num_cases_per_batch": 60, "label_names": list(CIFAR_CLASSES), "num_vis": 3072}
    _put(folder / "cifar-10-batches-py" / "batches.meta", pickle.dumps(meta, protocol=2))


def write_fashion_mnist(folder: Path) -> None:
    """The four idx files: big-endian sizes, then the bytes."""
    rng = np.random.RandomState(28)
    for name, count in (("train", 300), ("t10k", 60)):
        labels = _labels(count, rng)
        images = stripes(labels, 28, 1, rng)
        for kind, head, content in (
            ("images-idx3", struct.pack(">IIII", 0x803, count, 28, 28), images),
            ("labels-idx1", struct.pack(">II", 0x801, count), labels),
        ):
            packed = gzip.compress(head + content.tobytes(), mtime=0)
            _put(folder / "FashionMNIST" / "raw" / f"{name}-{kind}-ubyte.gz", packed)


def write_coco_subset(folder: Path) -> None:
    """One PNG file per image, in a folder for each class."""
    rng = np.random.RandomState(64)
    for split, count in (("train", 100), ("validation", 40)):
        labels = (np.arange(count) % 5).astype(np.uint8)
        images = stripes(2 * labels, 64, 3, rng).transpose(0, 2, 3, 1)
        for number, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
            packed = io.BytesIO()
            Image.fromarray(image).save(packed, "PNG")
            place = folder / "coco_subset" / split / COCO_CLASSES[label]
            _put(place / f"{number:012}.png", packed.getvalue())


def write_wikitext2(folder: Path) -> None:
    """Lines of 1 to 600 tokens with ids from 1 to 60; most tokens have two likely successors."""
    rng = np.random.RandomState(2)
    for split, lines in (("train", 40), ("validation", 12), ("test", 12)):
        sizes = rng.randint(2, 90, lines)
        sizes[:4] = (1, 257, 258, 600)  # no pair, one full chunk, a second one of one pair, three
        tokens = [line for size in sizes for line in _chain(int(size), rng)]
        stored = io.BytesIO()
        np.savez_compressed(
            stored, tokens=np.array(tokens, dtype=np.uint16), sizes=sizes.astype(np.int64)
        )
        _put(folder / "wikitext2" / f"wiki.{split}.npz", stored.getvalue())


def _chain(size: int, rng: np.random.RandomState) -> list[int]:
    tokens = [int(rng.randint(1, 61))]
    while len(tokens) < size:
        step = rng.choice([1, 7, rng.randint(60)], p=[0.6, 0.3, 0.1])
        tokens.append((tokens[-1] - 1 + int(step)) % 60 + 1)
    return tokens


def write_imdb(folder: Path) -> None:
    """Reviews named NUMBER_RATING.txt, whose words depend on the rating."""
    rng = np.random.RandomState(5)
    telling = {"pos": ("superb", "moving", "a delight"), "neg": ("dull", "a mess", "tiresome")}
    things = ("The plot", "The cast", "The music", "The ending", "Every scene", "The camera")
    for split in ("train", "test"):
        for label, words in telling.items():
            for number in range(20):
                rating = rng.randint(7, 11) if label == "pos" else rng.randint(1, 5)
                sentences = [f"{rng.choice(things)} is {rng.choice(words)}." for _ in range(4)]
                path = folder / "aclImdb" / split / label / f"{number}_{rating}.txt"
                _put(path, "<br />".join(sentences).encode())


def write_sums(folder: Path) -> None:
    """What `sha256sum` would print for every file."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(folder).as_posix()}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    _put(folder / "SHA256SUMS", ("\n".join(lines) + "\n").encode())


def main() -> None:
    """Make the samples where the command line says."""
    parser = argparse.ArgumentParser(description="Make tiny data sets in the real formats.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = make(parser.parse_args().folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
