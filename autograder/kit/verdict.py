"""One try at one check, and what the grader knows of the check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograder.kit.compare import Difference
from autograder.kit.values import OWN, Observation
from autograder.sandbox.job import Outcome


@dataclass(frozen=True)
class CheckInfo:
    """What the grader knows of a check; the zygote's catalogue says it."""

    id: str
    question: str
    target: str
    points: float
    summary: str
    ban: str
    ban_name: str
    modes: list[str]  # the student's own helpers first, then stand-ins
    must_use: str = ""  # how the answer must be written, in words
    accuracy: dict[str, Any] | None = None  # of a trained model: see probe.check.Accuracy

    @property
    def file(self) -> str:
        """The module the target lives in."""
        return self.target.partition(":")[0]


@dataclass
class Attempt:
    """One try at one check: an observation, or how the child ended without one."""

    mode: str = OWN
    observation: Observation | None = None
    loading: bool = False  # it went wrong before the first probe
    outcome: Outcome = field(default_factory=Outcome)
    mentions: list[dict[str, Any]] = field(default_factory=list)
    difference: Difference | None = None
    violations: list[str] = field(default_factory=list)  # of the rule on how it must be written

    @property
    def note(self) -> str:
        """What the probe has to say of it, passed or not."""
        return self.observation.note if self.observation else ""

    @property
    def passed(self) -> bool:
        """Whether there are values and they agree, come by in the way that is asked for."""
        return (
            self.observation is not None
            and self.observation.failure is None
            and self.difference is None
            and not self.violations
        )
