"""A check: a probe with a name, a question, the function it grades, and points."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograder.kit.bans import Ban
from autograder.kit.growth import Limits
from autograder.kit.draw import Draw
from autograder.kit.observe import Observed
from autograder.kit.rules import Rule
from autograder.kit.stand_ins import Patches

Probe = Callable[[Any, Draw], Observed]
StandIns = Callable[[Patches, Draw], None]


@dataclass(frozen=True)
class Accuracy:
    """Points for a trained model: its top-1 accuracy on images that are held out.

    The probe gets `draw.given["checkpoint"]` (the file handed in) and `draw.given["images"]` (an
    .npy file, uint8, (N, C, H, W)), and observes `predictions`, (N,) int64. The labels stay with
    the grader.

    images       name of the held-out set
    scale        (accuracy, points) pairs, the best first: points for at least that accuracy
    cpu_seconds  processor time it may take
    """

    images: str
    scale: tuple[tuple[float, float], ...]
    cpu_seconds: int = 240


@dataclass(frozen=True)
class Check:
    """One gradable property of one function.

    id         unique, "what.aspect"
    question   the number in the hand-out
    target     the function graded, "file:Qualified.name"
    points     what it earns
    probe      runs on the student's module and on the reference alike
    bans       operations that do not exist while it runs
    stand_ins  replaces the student's helpers; the better of the two runs counts
    own        whether it is also run with the student's own helpers
    cases      how often it runs, each time on other random inputs; all must be right
    accuracy   set where a trained model is measured, and not compared with the reference
    must_use   how the answer must be written; the file is read, alone, before it is run
    limits     how its work may grow with the length of a sequence; the probe runs for two lengths
    """

    id: str
    question: str
    target: str
    points: float
    probe: Probe
    bans: Ban | None = None
    stand_ins: StandIns | None = None
    own: bool = True
    cases: int = 2
    accuracy: Accuracy | None = None
    must_use: Rule | None = None
    limits: Limits | None = None

    @property
    def file(self) -> str:
        """The module the target lives in, without .py."""
        return self.target.partition(":")[0]

    @property
    def summary(self) -> str:
        """The probe's docstring: one sentence a student can read."""
        return " ".join((inspect.getdoc(self.probe) or self.id).split())


def check(
    question: str,
    id: str,
    *,
    target: str,
    points: float,
    bans: Ban | None = None,
    stand_ins: StandIns | None = None,
    own: bool = True,
    cases: int = 2,
    accuracy: Accuracy | None = None,
    must_use: Rule | None = None,
    limits: Limits | None = None,
) -> Callable[[Probe], Check]:
    """Turn a probe into a check. See docs/check-author.md."""

    def decorate(probe: Probe) -> Check:
        return Check(id, question, target, points, probe, bans, stand_ins, own, cases, accuracy,
                     must_use, limits)  # fmt: skip

    return decorate


def load_checks(assignment: str) -> list[Check]:
    """All checks of an assignment, in the order of its `checks_*.py` files and their lines."""
    package = importlib.import_module(f"autograder.assignments.{assignment}")
    found: list[Check] = []
    for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        if module.startswith("checks"):
            members = vars(importlib.import_module(f"{package.__name__}.{module}")).values()
            found += [member for member in members if isinstance(member, Check)]
    ids = [one.id for one in found]
    repeated = {one for one in ids if ids.count(one) > 1}
    if repeated:
        raise ValueError(f"checks of {assignment} share an id: {', '.join(sorted(repeated))}")
    return found
