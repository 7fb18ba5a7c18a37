"""Downloads a data set and checks it.

    python -m lab.download cifar10 --data DIR      (or fashion_mnist, or imdb)

Of wikitext2 and coco_subset, which cannot be downloaded in the course's form, it checks the files.
"""

from __future__ import annotations

import argparse
import io
import sys
import tarfile
import urllib.request
from pathlib import Path
from typing import Any

from lab.files import DataError, command_for, data_root, read_checked
from lab.images import cifar10, coco_subset, fashion_mnist
from lab.text import imdb, wikitext2

from torchvision import datasets

IMDB_URL = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
READERS: dict[str, Any] = {
    reader.__name__: reader for reader in (cifar10, fashion_mnist, wikitext2, coco_subset, imdb)
}


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
        kind = {"cifar10": datasets.CIFAR10, "fashion_mnist": datasets.FashionMNIST}[name]
        kind(root, download=True)


def main(arguments: list[str] | None = None) -> str:
    """Download what is missing and list what is there; returns the problem, if any."""
    parser = argparse.ArgumentParser(description="Download a data set and check it.")
    parser.add_argument("name", choices=READERS)
    parser.add_argument("--data", help="folder; else $COURSE_DATA, else data")
    options = parser.parse_args(arguments)
    try:
        root = data_root(options.data)
        if options.name not in ("wikitext2", "coco_subset") and options.data != "sample":
            download(options.name, root)
        for split in ("train", "validation" if options.name == "coco_subset" else "test"):
            found = READERS[options.name](root, split)
            print(f"{options.name} {split}: {len(found):,} ({found.origin})")
    except (DataError, OSError, RuntimeError) as error:
        return str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
