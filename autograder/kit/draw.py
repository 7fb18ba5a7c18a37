"""Random inputs for a probe: the same on every machine for the same seed, check and case."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from autograder.kit.observe import Absent


class Draw:
    """Random numbers of one case; `dtype` is float64 in even cases and float32 in odd ones."""

    def __init__(
        self,
        seed: int,
        check_id: str,
        case: int = 0,
        given: Mapping[str, bytes] | None = None,
        length: int = 0,
    ) -> None:
        self.given = given or {}  # what is not random: a submitted checkpoint, images
        self.length = length  # of the sequence, where the check has a growth limit
        self._origin = (seed, check_id, case)
        self._entropy = [seed, zlib.crc32(check_id.encode()), case]
        self._random = np.random.Generator(np.random.PCG64(self._entropy))
        self.case = case
        self.dtype = torch.float32 if case % 2 else torch.float64

    def derived(self, purpose: str) -> Draw:
        """Random numbers of their own: drawing them does not move what is drawn here next."""
        seed, check_id, case = self._origin
        return Draw(seed, f"{check_id}/{purpose}", case)

    def normal(
        self, *shape: int, scale: float = 1.0, shift: float = 0.0, requires_grad: bool = False
    ) -> Tensor:
        """Normal numbers of the case's dtype."""
        values = torch.from_numpy(self._random.normal(shift, scale, shape)).to(self.dtype)
        return values.requires_grad_(requires_grad)

    def uniform(self, low: float, high: float) -> float:
        """One number between two bounds."""
        return float(self._random.uniform(low, high))

    def integer(self, low: int, high: int) -> int:
        """One integer, both bounds included."""
        return int(self._random.integers(low, high + 1))

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """int64 integers, both bounds included."""
        return torch.from_numpy(self._random.integers(low, high + 1, shape))

    def sizes(self, count: int, low: int = 2, high: int = 9) -> list[int]:
        """Different sizes, so that two axes that were swapped cannot go unnoticed."""
        return [int(n) for n in self._random.permutation(np.arange(low, high + 1))[:count]]

    def choice(self, options: Sequence[int]) -> int:
        """One of a few integers."""
        return options[int(self._random.integers(len(options)))]

    def prefix_mask(self, rows: int, length: int) -> Tensor:
        """(rows, length) zeros and ones of the case's dtype: rows of unequal, non-zero lengths."""
        lengths = self._random.permutation(np.arange(1, length + 1))[:rows]
        if len(lengths) < rows:
            lengths = np.concatenate([lengths, self._random.integers(1, length + 1, rows - length)])
        mask = np.arange(length)[None, :] < lengths[:, None]
        return torch.from_numpy(mask).to(self.dtype)

    def fill(self, module: nn.Module, scale: float = 0.5) -> None:
        """Give a module the case's dtype and random parameters.

        A parameter's values depend on its shape and on how many of that shape came before, not
        on its name, so that two modules that call their parts differently are filled alike.
        """
        module.to(self.dtype)
        generators: dict[tuple[int, ...], np.random.Generator] = {}
        for parameter in module.parameters():
            shape = tuple(parameter.shape)
            if shape not in generators:
                generators[shape] = np.random.Generator(np.random.PCG64([*self._entropy, *shape]))
            values = torch.from_numpy(scale * generators[shape].standard_normal(shape))
            with torch.no_grad():
                parameter.copy_(values)

    def seed_torch(self) -> None:
        """Seed torch's own generator, for code that draws random numbers itself (dropout)."""
        torch.manual_seed(self._entropy[1] ^ (self._entropy[0] & (1 << 62) - 1))


def fill_parts(draw: Draw, model: Any, *names: str) -> None:
    """Fill documented attributes, reached by their (dotted) names, with random values.

    Their order in the model, and further attributes, do not matter.
    """
    model.to(draw.dtype)
    for name in names:
        part = reduce(lambda owner, one: getattr(owner, one, None), name.split("."), model)
        if part is None:
            raise Absent(
                f"`{type(model).__name__}` has no attribute `{name}`. Create it in `__init__`, "
                "under exactly this name."
            )
        if isinstance(part, nn.Parameter):
            with torch.no_grad():
                part.copy_(draw.derived(name).normal(*part.shape))
        else:
            draw.derived(name).fill(part)
