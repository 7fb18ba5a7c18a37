"""One child's work, as plain JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from autograder.observation import Run


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
