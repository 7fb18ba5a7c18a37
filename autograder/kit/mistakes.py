"""Known mistakes: patches that make the reference wrong in one particular way.

They serve twice. A student whose values equal a patched reference's is told that mistake by
name; and the grader's own tests prove that every patch loses points and gets its own hint.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Patch = Callable[[Any], None]


@dataclass(frozen=True)
class Misconception:
    """A mistake in one target: its name, what to tell the student, how to make it."""

    name: str
    target: str
    hint: str
    patch: Patch

    @property
    def file(self) -> str:
        """The module it patches."""
        return self.target.partition(":")[0]


def misconception(target: str, *, hint: str) -> Callable[[Patch], Misconception]:
    """Turn a function that spoils a reference module into a misconception of `target`."""

    def decorate(patch: Patch) -> Misconception:
        return Misconception(patch.__name__, target, hint, patch)

    return decorate


def load_misconceptions(assignment: str) -> dict[str, Misconception]:
    """All misconceptions of an assignment by name."""
    package = importlib.import_module(f"autograder.assignments.{assignment}")
    found: dict[str, Misconception] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        if module.startswith("misconceptions"):
            for member in vars(importlib.import_module(f"{package.__name__}.{module}")).values():
                if isinstance(member, Misconception):
                    if member.name in found:
                        raise ValueError(f"two misconceptions are called {member.name}")
                    found[member.name] = member
    return found
