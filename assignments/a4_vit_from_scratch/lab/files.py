"""Data files: where they are, and whether they are the right ones.

The folder comes from `data_root`: the value of --data, else the environment variable
COURSE_DATA, else `data`; the name `sample` stands for tiny made-up sets in the same formats.
A file's checksum is the one that SHA256SUMS in the data folder gives it, as `sha256sum` prints it,
else that of the published file.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

CHECKSUMS = {
    "cifar10_jpegq75.npz": "35d750978a5168194e0f4876eced021d702f4497891ab40a92fd1fddfba8a7c3",
    "wiki.train.npz": "64513a83b2f7bc952318aea06c63e9fabf349352ccdcc972cf7d40a0522f1131",
    "wiki.validation.npz": "b1ac035ce1b48ef98bb64cc58e48eadcb12c9affaf38ba6a32f287a8c3501ab3",
    "wiki.test.npz": "8222625565bfb25cb36f5135c2a9c9c9934ba305cf02d004edfc8a2e3df58152",
    "imdb_train_full25k.jsonl.gz":
        "4bfcc5f6f05b27ad66c9b4dae2ebf4f0ad8a35c8fd7dd3abd13b52b7ac882ed4",
    "imdb_test_full25k.jsonl.gz":
        "4c27ec403a75359ae12279131a56b50debc4019dc98b39f051e8dca342111d9f",
    "aclImdb_v1.tar.gz": "7c2ac02c03563afcf9b574c7e56c153a",
}  # fmt: skip


class DataError(Exception):
    """What is wrong with a data file: its path, the checksum expected, and how to get it."""


def data_root(given: str | Path | None = None) -> Path:
    """The folder with the data: `given`, else $COURSE_DATA, else data; `sample` makes one."""
    name = str(given or os.environ.get("COURSE_DATA") or "data")
    if name != "sample":
        return Path(name).expanduser()
    from lab import samples

    try:
        return samples.make()
    except OSError as error:
        advice = "write them elsewhere: python -m lab.samples DIR, and then --data DIR"
        raise DataError(f"the samples cannot be written ({error}); {advice}") from None


def first_of(root: Path, *places: str) -> Path:
    """The first of these places below the root that exists; the first of all when none does."""
    return next((root / place for place in places if (root / place).exists()), root / places[0])


def sums_beside(root: Path) -> dict[str, str]:
    """The checksums that lie beside the data, by path below the root."""
    try:
        lines = (root / "SHA256SUMS").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split(maxsplit=1) for line in lines if line.strip())
    return {name.lstrip("*").removeprefix("./"): digest for digest, name in pairs}


def read_checked(root: Path, path: Path, command: str, sums: dict[str, str] | None = None) -> bytes:
    """The content of a file whose checksum is right, or unknown.

    Raises:
        DataError: it is missing, unreadable or a wrong one; `command` gets it.
    """
    name = path.relative_to(root).as_posix()
    known = sums_beside(root) if sums is None else sums
    expected = known.get(name) or CHECKSUMS.get(path.name, "")
    kind = "md5" if len(expected) == 32 else "sha256"
    advice = f"expected {kind} {expected or 'unknown'}; to get it: {command}"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path} is missing; {advice}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); {advice}") from None
    found = hashlib.new(kind, content).hexdigest()
    if expected and found != expected:
        problem = f"is damaged or another file ({len(content):,} bytes, {kind} {found})"
        raise DataError(f"{path} {problem}; {advice}")
    return content


def open_npz(root: Path, path: Path, command: str) -> Any:
    """The arrays of an .npz file whose checksum is right."""
    return np.load(io.BytesIO(read_checked(root, path, command)), allow_pickle=False)


def known_split(command: str, root: str | Path, split: str, *known: str) -> tuple[Path, str]:
    """The root as a path, and the whole command that gets the set; ValueError for other splits."""
    if split not in known:
        raise ValueError(f"split must be one of {', '.join(known)}, not {split!r}")
    return Path(root), f"python -m {command} --data {root}"


def origin_of(root: Path, text: str) -> str:
    """The name of a data set, to be named beside every figure."""
    return f"made-up sample in the form of {text}" if root.name.startswith("sample") else text


def main(
    readers: Mapping[str, Callable[[Path, str], Any]],
    downloads: Mapping[str, Callable[[Path], Any]],
    arguments: Sequence[str] | None = None,
) -> str:
    """A command that downloads a set, where that is possible, and reads it; returns the problem."""
    parser = argparse.ArgumentParser(description="Download a data set and check it.")
    parser.add_argument("name", choices=readers)
    parser.add_argument("--data", help="folder; else $COURSE_DATA, else data")
    options = parser.parse_args(arguments)
    try:
        root = data_root(options.data)
        if options.name in downloads and options.data != "sample":
            root.mkdir(parents=True, exist_ok=True)
            downloads[options.name](root)
        for split in ("train", "validation" if options.name == "coco_subset" else "test"):
            found = readers[options.name](root, split)
            print(f"{options.name} {split}: {len(found):,} ({found.origin})")
    except (DataError, OSError, RuntimeError) as error:
        return str(error)
    return ""
