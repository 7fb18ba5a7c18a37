"""A check: one question's function, a probe, and the points it earns."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from autograder.kit.bans import Ban
from autograder.kit.draw import Draw
from autograder.kit.errors import CheckError, import_written
from autograder.kit.growth import Growth
from autograder.kit.observe import Observed
from autograder.kit.rules import Rule
from autograder.kit.stand_ins import StandIns
from autograder.kit.values import OWN, STAND_IN
from autograder.kit.verdict import CheckInfo

Probe = Callable[[Any, Draw], Observed]
Substitute = Callable[[StandIns, Draw], None]


@dataclass(frozen=True)
class Accuracy:
    """Points for a trained model: its top-1 accuracy on images that are held out.

    The probe gets `draw.given["checkpoint"]` (the submitted file) and `draw.given["images"]` (an
    .npy file, uint8, (N, C, H, W)), and observes `predictions`, (N,) int64: `trained_model` in
    `autograder.kit.checkpoint` does both. The labels stay with the grader.

    images       name of the held-out set
    scale        (accuracy, points) pairs, the best first: points for at least that accuracy
    cpu_seconds  processor time it may take
    """

    images: str
    scale: tuple[tuple[float, float], ...] = ()
    cpu_seconds: int = 240


@dataclass(frozen=True)
class Question:
    """What the checks of one function share. Made by `question`."""

    number: str
    target: str
    ban: Ban | None = None
    stand_ins: Substitute | None = None
    rule: Rule | None = None
    own: bool = True
    extra_credit: bool = False

    def check(
        self,
        points: float,
        *,
        cases: int = 2,
        accuracy: Accuracy | None = None,
        growth: Growth | None = None,
    ) -> Callable[[Probe], Check]:
        """Turn a probe into a check of this question; its id is the function's name.

        points    what it earns
        cases     how often it runs, each time on other random inputs; all must be right
        accuracy  set where a trained model is measured, and not compared with the reference
        growth    how its work may grow with the length of a sequence; the probe runs for several
        """
        if isinstance(points, FunctionType):  # no brackets: the check would vanish
            code = points.__code__
            raise CheckError(
                f"{code.co_filename}:{code.co_firstlineno}: write the decorator with its points, "
                "`.check(points=1)`."
            )
        return lambda probe: Check(self, points, probe, cases, accuracy, growth)


@dataclass(frozen=True)
class Check:
    """One gradable property of one function."""

    question: Question
    points: float
    probe: Probe
    cases: int
    accuracy: Accuracy | None
    growth: Growth | None

    @property
    def id(self) -> str:
        """Unique in its assignment."""
        return self.probe.__name__

    @property
    def place(self) -> str:
        """The file and line it is written at."""
        code = self.probe.__code__
        return f"{code.co_filename}:{code.co_firstlineno}"

    def info(self) -> CheckInfo:
        """What can be said of it without torch."""
        asked = self.question
        return CheckInfo(
            id=self.id,
            question=asked.number,
            target=asked.target,
            points=self.points,
            summary=" ".join((inspect.getdoc(self.probe) or self.id).split()),
            modes=[OWN] * asked.own + [STAND_IN] * (asked.stand_ins is not None),
            ban=asked.ban.says if asked.ban else "",
            ban_name=asked.ban.name if asked.ban else "",
            rule=asked.rule.says if asked.rule else "",
            extra_credit=asked.extra_credit,
            accuracy=vars(self.accuracy) if self.accuracy else None,
        )


def question(
    number: str,
    target: str,
    *,
    ban: Ban | None = None,
    stand_ins: Substitute | None = None,
    rule: Rule | None = None,
    own: bool = True,
    extra_credit: bool = False,
) -> Question:
    """One question of the handout, and the function that answers it. See docs/check-author.md.

    number        the number in the handout
    target        the graded function, "file:Qualified.name"
    ban           operations that do not exist while its checks run
    stand_ins     replaces the student's helpers; the better of the two runs counts
    rule          how the answer must be written
    own           whether it is also run with the student's own helpers
    extra_credit  points that come on top of the maximum
    """
    return Question(number, target, ban, stand_ins, rule, own, extra_credit)


def load_checks(assignment: str) -> dict[str, Check]:
    """All checks of an assignment by id, in the order of its `checks*.py` files and their lines."""
    found: dict[str, Check] = {}
    for module in assignment_modules(assignment, "checks"):
        for member in vars(module).values():
            if not isinstance(member, Check) or member is found.get(member.id):
                continue
            if member.id in found:
                places = f"{found[member.id].place} and {member.place}"
                raise CheckError(
                    f"Two checks of {assignment} are called `{member.id}`: {places}. Rename one "
                    "of the functions."
                )
            found[member.id] = member
    return found


def assignment_modules(assignment: str, prefix: str) -> list[ModuleType]:
    """The modules of an assignment's package whose names begin with `prefix`, in order."""
    package = import_written(f"autograder.assignments.{assignment}")
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return [
        import_written(f"{package.__name__}.{name}") for name in names if name.startswith(prefix)
    ]
