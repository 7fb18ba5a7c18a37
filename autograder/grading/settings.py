"""How to grade."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What one run of the grader needs to know. Picklable: it travels to the workers.

    seed              of the random inputs; whoever knows it can tabulate the answers
    cpu_seconds       processor time that one check may take
    extra_memory      bytes that one check may take, beyond what torch itself takes
    budget            processor seconds for one submission
    allow_unconfined  grade even where student code cannot be confined
    """

    assignment: str
    seed: int
    cpu_seconds: int = 10
    extra_memory: int = 2 << 30
    budget: float = 300.0
    allow_unconfined: bool = False
