"""Text: reading WikiText-2 and IMDB, and learning a language model.

train = wikitext2("data", "train")            Tokens: source, target and mask, (N, 256)
train = imdb("data", "train")                 Reviews: texts and labels

`python -m lab.text imdb --data DIR` downloads IMDB.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
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
from torch import Tensor

WIKITEXT2_VOCABULARY = 40479  # the 40,478 entries of GPT-1, moved up by one: 0 is the padding
WIKITEXT2_LENGTH = 256
IMDB_URL = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"


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


def wikitext2(root: str | Path, split: str) -> Tokens:
    """WikiText-2 in the course's form, `train`, `validation` or `test`.

    A line of n tokens has n - 1 pairs (token, next token). They are cut into sequences of 256, the
    last one shorter; no pair is lost, none is counted twice, and none crosses into the next line.
    """
    root, _ = known_split("lab.text wikitext2", root, split, "train", "validation", "test")
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
    root, command = known_split("lab.text imdb", root, split, "train", "test")
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
                f"{place} holds {len(paths):,} reviews instead of {expected:,}; aclImdb_v1.tar.gz"
                f" has md5 {CHECKSUMS['aclImdb_v1.tar.gz']}; to get it: {command}"
            )
        reviews += [(path.read_text("utf-8"), label) for path in paths]
    labels = torch.tensor([label for _, label in reviews])
    return Reviews([text for text, _ in reviews], labels, origin_of(root, "IMDB"))


class LanguageTask:
    """Predict the next token, with a model that has the methods of `lstm_solution.LSTM`."""

    metric = "ppl"

    def __init__(self, splits: Mapping[str, Tokens], device: torch.device) -> None:
        self.data, self.device = splits, device
        self.sizes: Mapping[str, int] = {name: len(part) for name, part in splits.items()}
        self.lengths: Mapping[str, Tensor] = {
            name: part.mask.sum(dim=1) for name, part in splits.items()
        }
        self.origin = splits["train"].origin

    def run(self, model: Any, split: str, indices: Tensor) -> Batch:
        """The model's loss, and the negative log-likelihood of all real tokens together."""
        batch = self.data[split].batch(indices)
        source, target, mask = (
            batch[name].to(self.device) for name in ("source", "target", "mask")
        )
        log_probas, _ = model(source, model.initial_states(len(source), self.device))
        objective = model.loss(log_probas, target, mask)
        with torch.no_grad():
            nll = -log_probas.float().gather(2, target.unsqueeze(2)).squeeze(2)  # (B, T)
            total = (nll * mask).sum()
        return Batch(objective, total, mask.sum())

    @property
    def vocabulary_size(self) -> int:
        """One more than the largest token id of all splits."""
        parts = [t for part in self.data.values() for t in (part.source, part.target)]
        return 1 + max(int(part.max()) for part in parts)


def download_imdb(root: Path) -> None:
    """Fetch the archive unless it is there, verify its checksum, and unpack it."""
    archive = root / "aclImdb_v1.tar.gz"
    if (root / "aclImdb").exists():
        return
    if not archive.exists():
        urllib.request.urlretrieve(IMDB_URL, archive)
    command = f"remove it, then python -m lab.text imdb --data {root}"
    with tarfile.open(fileobj=io.BytesIO(read_checked(root, archive, command))) as packed:
        packed.extractall(root, filter="data")


READERS = {"wikitext2": wikitext2, "imdb": imdb}
DOWNLOADS = {"imdb": download_imdb}

if __name__ == "__main__":
    sys.exit(main(READERS, DOWNLOADS) or 0)
