"""Makes the course's WikiText-2 from the raw text: wiki.{train,validation,test}.npz.

    .venv/bin/python data/make_wikitext2.py --text FOLDER --bpe FOLDER [--to data/wikitext2]

The text is WikiText-2 raw: wiki.train.raw, wiki.valid.raw and wiki.test.raw (or .txt, or either of
them with .gz). The vocabulary is that of GPT-1: encoder_bpe_40000.json and vocab_40000.bpe. Every
line that is not empty is lower-cased, freed of accents, split at spaces and around punctuation, and
each word is cut into the vocabulary's pieces by byte-pair encoding (Sennrich et al., 2016).

A file holds `tokens` (uint16, GPT's number of a piece plus one, so that 0 is free for padding) and
`sizes` (int64, the number of tokens of each line).
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

SPLITS = {"train": "train", "valid": "validation", "test": "test"}
UNKNOWN, END = "<unk>", "</w>"  # a piece with END closes a word


def words(line: str) -> Iterator[str]:
    """The words and punctuation marks of a line, in lower case and without accents."""
    for word in line.split():
        plain = unicodedata.normalize("NFD", word.lower())
        plain = "".join(c for c in plain if unicodedata.category(c) != "Mn")
        start = 0
        for place, character in enumerate(plain):
            if _stands_alone(character):
                if plain[start:place]:
                    yield plain[start:place]
                yield character
                start = place + 1
        if plain[start:]:
            yield plain[start:]


def _stands_alone(character: str) -> bool:
    """Punctuation, ASCII symbols such as $ and +, and Chinese characters."""
    ascii_symbol = character.isascii() and character.isprintable() and not character.isalnum()
    chinese = 0x3400 <= ord(character) <= 0x9FFF or 0xF900 <= ord(character) <= 0xFAFF
    return ascii_symbol or chinese or unicodedata.category(character).startswith("P")


class Pieces:
    """Byte-pair encoding: joins the pair of neighbours that was learned first, again and again."""

    def __init__(self, folder: Path) -> None:
        self.numbers: dict[str, int] = json.loads(
            (folder / "encoder_bpe_40000.json").read_text("utf-8")
        )
        lines = (folder / "vocab_40000.bpe").read_text("utf-8").split("\n")[1:-1]
        pairs = [tuple(line.split()) for line in lines if line]
        self._rank = {pair: rank for rank, pair in enumerate(pairs)}
        self.of_word = cache(self._of_word)

    def _of_word(self, word: str) -> tuple[int, ...]:
        """The numbers of a word's pieces; 0, <unk>, where a piece is not in the vocabulary."""
        pieces = [*word[:-1], word[-1] + END]
        while len(pieces) > 1:
            pairs = list(zip(pieces, pieces[1:], strict=False))
            first = min(pairs, key=lambda pair: self._rank.get(pair, len(self._rank)))
            if first not in self._rank:
                break
            pieces = _joined(pieces, first)
        return tuple(self.numbers.get(piece, self.numbers[UNKNOWN]) for piece in pieces)

    def of_line(self, line: str) -> list[int]:
        """The numbers of all pieces of a line."""
        return [number for word in words(line) for number in self.of_word(word)]


def _joined(pieces: list[str], pair: tuple[str, ...]) -> list[str]:
    """`pieces` with every occurrence of the pair made one."""
    found: list[str] = []
    place = 0
    while place < len(pieces):
        joined = tuple(pieces[place : place + 2]) == pair
        found.append("".join(pair) if joined else pieces[place])
        place += 2 if joined else 1
    return found


def encode(lines: Iterable[str], pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
    """The arrays of a file: tokens and sizes."""
    found = [pieces.of_line(line) for line in lines if line.strip()]
    tokens = np.array([number + 1 for line in found for number in line], dtype=np.uint16)
    return tokens, np.array([len(line) for line in found], dtype=np.int64)


def read_lines(folder: Path, split: str) -> list[str]:
    """The lines of wiki.SPLIT.raw or one of its other forms; FileNotFoundError names them."""
    names = [f"wiki.{split}.{end}" for end in ("raw", "txt", "tokens")]
    names = [name for plain in [*names, f"{split}.txt"] for name in (plain, f"{plain}.gz")]
    for path in (folder / name for name in names):
        if path.exists():
            data = path.read_bytes()
            text = gzip.decompress(data) if path.suffix == ".gz" else data
            return text.decode("utf-8").split("\n")
    raise FileNotFoundError(f"{folder} holds none of {', '.join(names)}")


def note_checksum(path: Path) -> None:
    """Put a file into the SHA256SUMS of its data folder, so that the readers accept it."""
    root = path.parent.parent if path.parent.name.startswith("wikitext") else path.parent
    name, sums = path.relative_to(root).as_posix(), root / "SHA256SUMS"
    lines = sums.read_text("utf-8").splitlines() if sums.exists() else []
    kept = [line for line in lines if not line.endswith(f"./{name}")]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sums.write_text("".join(f"{line}\n" for line in [*kept, f"{digest}  ./{name}"]), "utf-8")


def main(arguments: list[str] | None = None) -> str:
    """Write a file for each split that is there; returns the problem, if any."""
    parser = argparse.ArgumentParser(description="Make wiki.*.npz from the raw text.")
    parser.add_argument("--text", type=Path, required=True, help="folder with wiki.train.raw, ...")
    parser.add_argument("--bpe", type=Path, required=True, help="folder with GPT's two files")
    home = Path(__file__).resolve().parent / "wikitext2"
    parser.add_argument("--to", type=Path, default=home, help="folder to write to")
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=list(SPLITS))
    options = parser.parse_args(arguments)
    try:
        pieces = Pieces(options.bpe)
        for split in options.splits:
            tokens, sizes = encode(read_lines(options.text, split), pieces)
            options.to.mkdir(parents=True, exist_ok=True)
            path = options.to / f"wiki.{SPLITS[split]}.npz"
            np.savez_compressed(path, tokens=tokens, sizes=sizes)
            note_checksum(path)
            print(f"{path}: {len(sizes):,} lines, {len(tokens):,} tokens")
    except (OSError, ValueError) as error:
        return str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
