"""Writes the images on which trained models are graded: data/held_out/NAME.npz.

    .venv/bin/python data/make_held_out.py cifar10 [--from FOLDER] [--count 2000] [--to FOLDER]
    .venv/bin/python data/make_held_out.py fashion_mnist
    .venv/bin/python data/make_held_out.py coco_subset --from FOLDER

Takes the first images of the test split, in their order, from any of the forms that
lab/images.py reads; without --from the set is downloaded into data/ first. For coco_subset,
FOLDER is what coco_subset.py of a4 wrote, and its validation images are taken. An instructor who
would rather grade on images of their own writes such a file: `images`, uint8, (N, C, H, W), and
`labels`, integers, (N,).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lab.files import DataError
from lab.images import DOWNLOADS, READERS, coco_subset

import numpy as np
import torch

HERE = Path(__file__).resolve().parent


def main() -> str:
    """Write the file; returns the problem, if any."""
    parser = argparse.ArgumentParser(description="Write the images that models are graded on.")
    parser.add_argument("name", choices=READERS)
    parser.add_argument("--from", dest="source", type=Path, help="folder that holds the data set")
    parser.add_argument("--to", type=Path, default=HERE / "held_out", help="folder to write to")
    parser.add_argument("--count", type=int, default=2000, help="number of images")
    options = parser.parse_args()
    try:
        if options.name == "coco_subset":
            found = coco_subset(options.source or HERE, "validation")  # class after class
            generator = torch.Generator().manual_seed(0)
            found = found.part(torch.randperm(len(found), generator=generator))
        else:
            if options.source is None:
                DOWNLOADS[options.name](HERE)
            found = READERS[options.name](options.source or HERE, "test")
    except (DataError, OSError, RuntimeError) as error:
        return str(error)
    images, labels = found.pixels[: options.count].numpy(), found.labels[: options.count].numpy()
    options.to.mkdir(parents=True, exist_ok=True)
    path = options.to / f"{options.name}.npz"
    np.savez_compressed(path, images=images, labels=labels)
    print(f"{path}: {len(labels):,} images of {found.origin}, {path.stat().st_size / 1e6:.1f} MB")
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
