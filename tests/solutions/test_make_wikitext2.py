"""The npz files of WikiText-2 are made from raw text as their published originals were."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

from lab.text import wikitext2

import numpy as np
import pytest

from autograder.course import ROOT

_spec = importlib.util.spec_from_file_location("wikitext", ROOT / "data" / "make_wikitext2.py")
assert _spec and _spec.loader
made: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
REAL = Path(os.environ.get("COURSE_DATA") or ROOT / "data") / "wikitext2"


@pytest.fixture
def bpe(tmp_path: Path) -> Path:
    """A vocabulary that knows `low`, `lower`, single letters and two marks."""
    pieces = [
        "<unk>",
        *"lower",
        *(f"{c}</w>" for c in "lowers,$"),
        "lo",
        "low",
        "low</w>",
        "er</w>",
    ]
    (tmp_path / "encoder_bpe_40000.json").write_text(
        json.dumps({piece: number for number, piece in enumerate(dict.fromkeys(pieces))})
    )
    (tmp_path / "vocab_40000.bpe").write_text("#version: 0.2\nl o\nlo w</w>\nlo w\ne r</w>\n")
    return tmp_path


def test_words_are_lower_case_without_accents_and_apart_from_punctuation() -> None:
    assert list(made.words(" Café-Bar, 0 @.@ 7 … $5 ")) == [
        "cafe", "-", "bar", ",", "0", "@", ".", "@", "7", "…", "$", "5"
    ]  # fmt: skip


def test_pairs_are_joined_in_the_order_in_which_they_were_learnt(bpe: Path) -> None:
    pieces = made.Pieces(bpe)
    names = {number: piece for piece, number in pieces.numbers.items()}
    cut = [names[number] for number in pieces.of_line("Low lower lol, z")]
    assert cut == ["low</w>", "low", "er</w>", "lo", "l</w>", ",</w>", "<unk>"]


def test_files_hold_tokens_moved_up_by_one_and_the_sizes_of_lines(bpe: Path) -> None:
    (bpe / "wiki.train.raw").write_text(" low lower \n\n \n low \n")
    (bpe / "wiki.valid.txt.gz").write_bytes(gzip.compress(b"low"))
    options = ["--text", str(bpe), "--bpe", str(bpe), "--to", str(bpe / "out")]
    assert made.main([*options, "--splits", "train", "valid"]) == ""
    with np.load(bpe / "out" / "wiki.train.npz", allow_pickle=False) as stored:
        low = made.Pieces(bpe).numbers["low</w>"] + 1
        assert stored["sizes"].tolist() == [3, 1] and stored["sizes"].dtype == np.int64
        assert stored["tokens"][[0, 3]].tolist() == [low, low]
        assert stored["tokens"].dtype == np.uint16
    listed = (bpe / "out" / "SHA256SUMS").read_text().splitlines()
    assert [line.split()[1] for line in listed] == ["./wiki.train.npz", "./wiki.validation.npz"]
    assert len(wikitext2(bpe / "out", "train")) == 1  # of a line of one token no pair
    assert "holds none of wiki.test.raw" in made.main([*options, "--splits", "test"])


@pytest.mark.skipif(not (REAL / "vocab_40000.bpe").exists(), reason="WikiText-2 is not here")
@pytest.mark.parametrize(("split", "name"), [("valid", "validation"), ("test", "test")])
def test_every_line_that_can_be_compared_is_as_published(split: str, name: str) -> None:
    """The text with <unk> is not the raw one; its lines without <unk> are."""
    pieces = made.Pieces(REAL)
    with np.load(REAL / f"wiki.{name}.npz", allow_pickle=False) as stored:
        published = np.split(stored["tokens"].astype(int) - 1, np.cumsum(stored["sizes"])[:-1])
    lines = [line for line in made.read_lines(REAL, split) if line.strip()]
    assert len(lines) == len(published)
    comparable = [pair for pair in zip(lines, published, strict=True) if "<unk>" not in pair[0]]
    assert len(comparable) > 600
    assert all(pieces.of_line(line) == tokens.tolist() for line, tokens in comparable)
