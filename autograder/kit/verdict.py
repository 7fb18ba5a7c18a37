"""What became of a check: attempts, and the verdict on them."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import Any, Literal

from autograder.kit.compare import Difference
from autograder.kit.values import OWN, Observation

Status = Literal[
    "passed", "failed", "error", "timeout", "killed", "forbidden", "missing", "refused"
]


@dataclass(frozen=True)
class CheckInfo:
    """What can be said of a check without torch."""

    id: str
    question: str
    target: str
    points: float
    summary: str
    modes: list[str]  # the student's own helpers first, then stand-ins
    ban: str = ""  # the forbidden operations, in words
    ban_name: str = ""
    rule: str = ""  # how the answer must be written, in words
    extra_credit: bool = False
    accuracy: dict[str, Any] | None = None  # of a trained model: see check.Accuracy

    @property
    def file(self) -> str:
        """The module the target lives in."""
        return self.target.partition(":")[0]

    @property
    def function(self) -> str:
        """The target's name in that module."""
        return self.target.partition(":")[2]


@dataclass(frozen=True)
class Ending:
    """How the process ended in which a check ran, where that says why there is no value."""

    timed_out: bool = False
    signal: int = 0
    cpu_seconds: float = 0.0
    unreadable: str = ""  # what was wrong with what it sent, if anything

    def too_long(self, limit: int) -> bool:
        """Whether a limit of time ended it: the clock's, or the processor's (SIGXCPU)."""
        killed = self.signal == signal.SIGKILL and self.cpu_seconds > limit
        return self.timed_out or self.signal == signal.SIGXCPU or killed


@dataclass
class Attempt:
    """One run of one check: an observation, or how the process ended without one."""

    mode: str = OWN
    observation: Observation | None = None
    loading: bool = False  # it went wrong before the first probe
    ending: Ending = field(default_factory=Ending)
    mentions: list[dict[str, Any]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)  # lines that may explain a broken rule
    difference: Difference | None = None

    @property
    def note(self) -> str:
        """What the probe has to say, passed or not."""
        return self.observation.note if self.observation else ""

    @property
    def has_values(self) -> bool:
        """Whether the probe ran to its end."""
        return self.observation is not None and self.observation.failure is None

    @property
    def passed(self) -> bool:
        """Whether there are values, and they agree."""
        return self.has_values and self.difference is None


@dataclass(frozen=True)
class Verdict:
    """The decision on one check, in words and points."""

    check: CheckInfo
    status: Status
    points: float
    message: str = ""
    hint: str = ""
    misconception: str = ""
    seconds: float = 0.0
    attempt: Attempt | None = None  # the one the message speaks of
