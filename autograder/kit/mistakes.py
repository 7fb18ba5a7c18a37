"""Known mistakes: each makes the reference wrong in one particular way.

They serve twice. A student whose values equal those of a mistaken reference reads that mistake's
hint; and the grader's own tests prove that every mistake loses points and gets its own hint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Change = Callable[[Any], None]


@dataclass(frozen=True)
class Mistake:
    """A mistake in one target: its name, what to say to the student, how to make it.

    `change` is None where only the mistake's values are known and not the reference.
    """

    name: str
    target: str
    hint: str
    change: Change | None = None

    @property
    def file(self) -> str:
        """The module it changes."""
        return self.target.partition(":")[0]

    @property
    def place(self) -> str:
        """The file and line it is written at."""
        code = getattr(self.change, "__code__", None)
        return f"{code.co_filename}:{code.co_firstlineno}" if code else self.name


def misconception(target: str, *, hint: str) -> Callable[[Change], Mistake]:
    """Turn a function that changes a reference module into a known mistake of `target`."""

    def decorate(change: Change) -> Mistake:
        return Mistake(change.__name__, target, hint, change)

    return decorate
