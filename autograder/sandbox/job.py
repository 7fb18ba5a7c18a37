"""One child's work, as plain JSON, and how it ended."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.observation import Run
from autograder.sandbox.wire import Frame


@dataclass(frozen=True)
class Job:
    """One child's work: load `main` out of `files`, then run the probes in order."""

    files: dict[str, str]  # module name -> source text
    main: str
    runs: list[Run]
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Job:
        """Read what `to_json` wrote."""
        runs = [Run(**run) for run in told["runs"]]
        return cls(told["files"], told["main"], runs, told["seed"])


@dataclass
class Outcome:
    """How one job ended: the frames that arrived, and how the child went."""

    frames: list[Frame] = field(default_factory=list)
    timed_out: bool = False
    signal: int = 0
    exit: int = 0
    cpu_seconds: float = 0.0
    bad: str = ""  # what was wrong with the bytes that arrived, if anything
