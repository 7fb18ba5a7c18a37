"""Logs are read as claims: strictly, and against one another."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.intake.entries import Entry
from autograder.intake.logs import LoggedRun, read_runs

LINE = {
    "train_loss": 0.5,
    "train_acc": 0.8,
    "valid_loss": 0.6,
    "train_time": 2.0,
    "valid_time": 1.0,
}
Files = dict[str, bytes]


def lines(*accuracies: float, **changed: Any) -> bytes:
    rows = [{"epoch": i + 1, **LINE, "valid_acc": a, **changed} for i, a in enumerate(accuracies)]
    return "\n".join(json.dumps(row) for row in rows).encode()


def read(files: Files, folder: str = "logs/vit/exp1") -> LoggedRun:
    entries = [Entry(PurePosixPath(folder) / name, data) for name, data in files.items()]
    (run,) = read_runs(entries)
    return run


@pytest.fixture
def files() -> Files:
    """A run of two epochs in which everything agrees."""
    result = {"valid_acc": 0.7, "test_acc": 0.69, "parameters": 1234}
    return {
        "log.jsonl": lines(0.6, 0.7),
        "args.json": b'{"epochs": 2}',
        "result.json": json.dumps(result).encode(),
        "valid_acc.txt": b"0.6\n0.7\n",
    }


def test_what_a_run_claims(files: Files) -> None:
    run = read(files)
    assert (run.folder, run.metric, run.epochs) == ("logs/vit/exp1", "acc", 2)
    assert (run.best, run.tested, run.parameters, run.oddities) == (0.7, 0.69, 1234, [])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("valid_acc.txt", b"0.6\n0.9\n", "valid_acc.txt holds other numbers than log.jsonl"),
        ("valid_acc.txt", b"0.6\n", "valid_acc.txt holds other numbers than log.jsonl"),
        ("result.json", b'{"valid_acc": 0.95}', "result.json says the best valid_acc is 0.95"),
        ("args.json", b'{"epochs": 1}', "args.json asks for 1 epochs, log.jsonl has 2"),
        ("log.jsonl", lines(0.6, 1.7), "valid_acc is out of its range"),
        ("log.jsonl", lines(0.6, 0.7, epoch=3), "the epochs are not numbered"),
        ("log.jsonl", lines(0.6, 0.7, train_time=-1), "train_time is not above 0"),
        ("log.jsonl", b"not json", "log.jsonl is not one JSON object a line"),
        ("log.jsonl", b"[" * 100_000, "log.jsonl is not one JSON object a line"),
    ],
)
def test_contradictions_are_named(files: Files, name: str, content: bytes, says: str) -> None:
    run = read({**files, name: content})
    assert any(says in oddity for oddity in run.oddities)


def test_a_perplexity_below_one_is_none() -> None:
    row = {"epoch": 1, "valid_ppl": 0.5}
    assert read({"log.jsonl": json.dumps(row).encode()}).oddities == [
        "valid_ppl is out of its range"
    ]


def test_folders_without_a_log_are_no_runs() -> None:
    assert read_runs([Entry(PurePosixPath("notes.txt"), b"hello")]) == []


@given(st.binary(max_size=300), st.binary(max_size=100))
def test_nothing_in_a_log_raises(log: bytes, result: bytes) -> None:
    read({"log.jsonl": log, "result.json": result, "valid_acc.txt": log})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["epoch", "valid_acc", "valid_time", "train_acc"]), JSON))
def test_nor_does_valid_json_of_the_wrong_kinds(row: dict[str, Any]) -> None:
    data = json.dumps(row).encode()
    read({"log.jsonl": data, "args.json": data, "result.json": data})
