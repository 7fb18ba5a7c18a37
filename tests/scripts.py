"""Runners and benchmarks as modules: each is imported as if it were run from its own folder."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from autograder.course import ROOT

FOLDERS = {
    "run_lstm": ("solutions/a2_lstm_and_vit",),
    "lstm_solution": ("solutions/a2_lstm_and_vit",),
    "run_fashion_vit": ("solutions/a3_attention_and_sentiment",),
    "run_sentiment": ("solutions/a3_attention_and_sentiment",),
    "fashion_vit_against_source_loop": ("benchmarks", "solutions/a3_attention_and_sentiment"),
}


def load_script(name: str) -> Any:
    """A script's module; those that are not listed are in benchmarks/."""
    with pytest.MonkeyPatch.context() as patch:
        for folder in FOLDERS.get(name, ("benchmarks",)):
            patch.syspath_prepend(ROOT / folder)
        return importlib.import_module(name)
