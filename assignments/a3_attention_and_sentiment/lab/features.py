"""Features of reviews from a frozen encoder, computed once and kept on disk.

A frozen encoder gives the same features in every epoch, so each review goes through it once:
`encoded` does that, short reviews first so that a batch has little padding, and appends them to a
flat file of float16 numbers. An interrupted computation resumes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import logs

import numpy as np
import torch
from torch import Tensor, nn

TOKENS_A_BATCH = 4096
_SAVE_EVERY = 100  # batches


@dataclass(frozen=True)
class Features:
    """The features of all tokens of a split, review after review."""

    stored: Any  # (tokens, width) float16, a memory map
    starts: np.ndarray[Any, Any]  # (reviews + 1,): where each review begins and the last one ends
    labels: Tensor  # (reviews,)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> Tensor:
        """(reviews,): how many tokens each has."""
        return torch.from_numpy(np.diff(self.starts))

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, T, width) float32, zero after a review's last token, and the mask (B, T)."""
        parts = [torch.from_numpy(self._review(int(i))) for i in indices]
        lengths = torch.tensor([len(part) for part in parts])
        padded = nn.utils.rnn.pad_sequence(parts, batch_first=True).float()
        return padded, (torch.arange(padded.shape[1]) < lengths[:, None]).long()

    def _review(self, number: int) -> np.ndarray[Any, Any]:
        return np.array(self.stored[self.starts[number] : self.starts[number + 1]])


def cut(tokens: Sequence[int], first: int, last: int, most: int, head: float) -> list[int]:
    """A review's tokens between two special ones, `most` in all: its beginning and its end.

    Of what there is room for, the share `head` comes from the beginning, the rest from the end,
    where a review draws its conclusion.
    """
    room = most - 2
    if len(tokens) > room:
        begin = round(head * room)
        tokens = [*tokens[:begin], *tokens[len(tokens) - (room - begin) :]]
    return [first, *tokens, last]


@torch.no_grad()
def encoded(
    encoder: Any, tokens: Sequence[list[int]], labels: Tensor, path: Path, device: torch.device
) -> Features:
    """The encoder's last hidden states of all tokens, from the file at `path` or written to it."""
    width = encoder.config.hidden_size
    starts = np.concatenate([[0], np.cumsum([len(review) for review in tokens])])
    shape = (int(starts[-1]), width)
    progress = path.with_suffix(".json")
    before = json.loads(progress.read_text("utf-8")) if progress.exists() else {}
    done = before["done"] if path.exists() and before.get("shape") == list(shape) else 0
    seconds = before["seconds"] if done else 0.0
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = np.lib.format.open_memmap(
        path, mode="r+" if done else "w+", dtype=np.float16, shape=None if done else shape
    )
    encoder.eval().to(device)
    batches = _by_length(tokens)
    began = time.perf_counter() - seconds
    for number in range(done, len(batches)):
        chosen = batches[number]
        ids = nn.utils.rnn.pad_sequence([torch.tensor(tokens[i]) for i in chosen], True).to(device)
        lengths = torch.tensor([len(tokens[i]) for i in chosen], device=device)
        mask = (torch.arange(ids.shape[1], device=device) < lengths[:, None]).long()
        states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state.half().cpu().numpy()
        for i, review in zip(chosen, states, strict=True):
            stored[starts[i] : starts[i + 1]] = review[: len(tokens[i])]
        if (number + 1) % _SAVE_EVERY == 0 or number + 1 == len(batches):
            stored.flush()
            seconds = time.perf_counter() - began
            kept = {"done": number + 1, "of": len(batches), "shape": shape, "seconds": seconds}
            logs.write_json(progress, kept)
            print(f"{path.name}: {number + 1} of {len(batches)}, {seconds:.0f} s", flush=True)
    return Features(stored, starts, labels)


def _by_length(tokens: Sequence[list[int]]) -> list[list[int]]:
    """Numbers of reviews in batches of about TOKENS_A_BATCH, the shortest first."""
    batches: list[list[int]] = [[]]
    for i in sorted(range(len(tokens)), key=lambda i: (len(tokens[i]), i)):
        if batches[-1] and (len(batches[-1]) + 1) * len(tokens[i]) > TOKENS_A_BATCH:
            batches.append([])
        batches[-1].append(i)
    return batches
