"""Writes the images on which trained models are graded: data/held_out/NAME.npz.

    .venv/bin/python data/make_held_out.py cifar10 [--from FOLDER] [--count 2000] [--to FOLDER]

Takes the first images of the test split, in their order. FOLDER holds `cifar-10-batches-py` (as
torchvision unpacks it) or `cifar10_jpegq75.npz` (all images as JPEG files, which is lossy);
without --from, torchvision downloads CIFAR-10 into data/ first. An instructor who would rather
grade on images of their own writes such a file: `images`, uint8, (N, 3, 32, 32), and `labels`,
integers, (N,).
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
_JPEGS = "cifar10_jpegq75.npz"


def from_torchvision(folder: Path, download: bool) -> tuple[np.ndarray, np.ndarray]:
    """The test split, (N, 3, 32, 32) uint8 and (N,), from files whose checksums are verified."""
    from torchvision.datasets import CIFAR10

    found = CIFAR10(folder, train=False, download=download)
    return found.data.transpose(0, 3, 1, 2), np.asarray(found.targets)


def from_jpegs(path: Path, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first images of the test split, decoded."""
    from PIL import Image

    with np.load(path, allow_pickle=False) as content:
        head, tails = content["test_header"].tobytes(), content["test_tails"].tobytes()
        offsets, labels = content["test_offsets"], content["test_labels"]
    files = (head + tails[offsets[i] : offsets[i + 1]] for i in range(count))
    pixels = [np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files]
    return np.stack(pixels).transpose(0, 3, 1, 2), labels[:count]


def main() -> str:
    """Write the file; returns what was done, in words."""
    parser = argparse.ArgumentParser(description="Write the images that models are graded on.")
    parser.add_argument("name", choices=["cifar10"])
    parser.add_argument("--from", dest="source", type=Path, help="folder that holds the data set")
    parser.add_argument("--to", type=Path, default=HERE / "held_out", help="folder to write to")
    parser.add_argument("--count", type=int, default=2000, help="number of images")
    told = parser.parse_args()
    source = told.source or HERE
    try:
        if (source / _JPEGS).exists():
            images, labels = from_jpegs(source / _JPEGS, told.count)
        else:
            images, labels = from_torchvision(source, download=told.source is None)
    except (OSError, RuntimeError, KeyError) as error:
        return f"CIFAR-10 could not be read from {source}: {error}"
    told.to.mkdir(parents=True, exist_ok=True)
    path = told.to / f"{told.name}.npz"
    np.savez_compressed(path, images=images[: told.count], labels=labels[: told.count])
    print(f"{path}: {min(told.count, len(images)):,} images, {path.stat().st_size / 1e6:.1f} MB")
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
