"""What the reference, or a patched reference, does under the probes: the grader's end.

The work is done by `oracle_child` in a process of its own. Every answer is remembered, so that
a class of any size asks once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.kit.values import Observation, Run
from autograder.sandbox.client import Sandbox, SandboxError


@dataclass(frozen=True)
class KnownMistake:
    """A misconception as the grader knows it: what it is called, where, and what to tell."""

    name: str
    target: str
    hint: str


class Oracle:
    """The reference's observations for one assignment and one seed."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self._sandbox = sandbox
        self._seed = seed
        self._known: dict[Run, Observation] = {}
        self.mistakes: list[KnownMistake] = []  # known once something has been asked

    def observe(self, runs: Iterable[Run]) -> dict[Run, Observation]:
        """Observations of the reference; with `variant` set, of a patched reference."""
        runs = list(runs)
        unknown = [run for run in runs if run not in self._known]
        if unknown:
            self._ask(unknown)
        return {run: self._known[run] for run in runs}

    def _ask(self, runs: list[Run]) -> None:
        request = {
            "assignment": self._sandbox.assignment,
            "seed": self._seed,
            "runs": [vars(run) for run in runs],
        }
        outcome = self._sandbox.oracle("autograder.grading.oracle_child", request)
        if len(outcome.frames) != 1 + len(runs):
            raise SandboxError(
                f"The reference solution in {self._sandbox.reference} could not be run "
                f"({outcome.bad or f'signal {outcome.signal}'}); nothing was graded."
            )
        first, *answers = outcome.frames
        self.mistakes = [KnownMistake(**told) for told in first.extra["mistakes"]]
        for run, frame in zip(runs, answers, strict=True):
            if frame.observation.failure is not None and not run.variant:
                failure = frame.observation.failure
                raise SandboxError(
                    f"The reference solution itself fails check {run.check}: {failure.kind}: "
                    f"{failure.text} ({failure.file}:{failure.line}). Mend it first; nothing "
                    "was graded."
                )
            self._known[run] = frame.observation
