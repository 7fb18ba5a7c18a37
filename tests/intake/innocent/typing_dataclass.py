from __future__ import annotations
from dataclasses import dataclass, field, asdict
from typing import Any, Callable, Optional, NamedTuple
from enum import Enum
from collections import OrderedDict, defaultdict, Counter, namedtuple
from pathlib import Path
from abc import ABC, abstractmethod
import itertools, functools, operator

@dataclass
class Config:
    lr: float = 3e-4
    widths: list[int] = field(default_factory=lambda: [64, 128])
    root: Path = Path(__file__).parent

size = functools.reduce(operator.mul, [3, 32, 32], 1)
best = sorted({"a": 1}.items(), key=operator.itemgetter(1))
partial = functools.partial(print, end="")
