"""What the reference, or a mistaken reference, does under the probes: the grader's end.

The work is done by `oracle_child` in a process of its own. Every answer is kept, so that a class
of any size asks once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from autograder.course import CourseAssignment
from autograder.kit.errors import CheckError
from autograder.kit.mistakes import Mistake
from autograder.kit.values import Observation, Run
from autograder.kit.verdict import CheckInfo
from autograder.sandbox.client import Sandbox, SandboxError


class Oracle:
    """The reference's observations for one assignment and one seed."""

    def __init__(self, sandbox: Sandbox, assignment: CourseAssignment, seed: int) -> None:
        self._sandbox = sandbox
        self._assignment = assignment
        self._seed = seed
        self._known: dict[Run, Observation | None] = {}
        self.mistakes: Sequence[Mistake] = []  # known once something has been asked

    def warm_up(self, checks: Iterable[CheckInfo]) -> None:
        """Ask for all that a right submission needs, in one go."""
        self.right(Run(check.id, check.modes[0]) for check in checks if not check.accuracy)

    def right(self, runs: Iterable[Run]) -> Mapping[Run, Observation]:
        """The reference's observations."""
        return {run: seen for run, seen in self._observe(runs).items() if seen is not None}

    def mistaken(self, runs: Iterable[Run]) -> Mapping[Run, Observation]:
        """Samples of the observations with a mistake in the reference; only where they show."""
        return {run: seen for run, seen in self._observe(runs).items() if seen is not None}

    def _observe(self, runs: Iterable[Run]) -> dict[Run, Observation | None]:
        runs = list(runs)
        unknown = [run for run in runs if run not in self._known]
        if unknown:
            self._ask(unknown)
        return {run: self._known[run] for run in runs}

    def _ask(self, runs: list[Run]) -> None:
        request = {
            "assignment": self._assignment.name,
            "seed": self._seed,
            "runs": [asdict(run) for run in runs],
        }
        outcome = self._sandbox.oracle("autograder.grading.oracle_child", request)
        broken = outcome.frames[0].observation.failure if outcome.frames else None
        if broken is not None:
            raise SandboxError(f"{broken.text} Nothing was graded.")
        if len(outcome.frames) != 1 + len(runs):
            ending = outcome.ending
            raise SandboxError(
                f"The reference solution in {self._assignment.reference} could not be run "
                f"({ending.unreadable or f'signal {ending.signal}'}); nothing was graded."
            )
        first, *answers = outcome.frames
        self.mistakes = [Mistake(**one) for one in first.extra["mistakes"]]
        for run, frame in zip(runs, answers, strict=True):
            failure = frame.observation.failure
            if failure is not None and failure.kind == CheckError.__name__:
                raise SandboxError(f"{failure.text} Nothing was graded.")
            if failure is not None and not run.variant:
                raise SandboxError(
                    f"The reference solution itself fails check {run.check}: {failure.kind}: "
                    f"{failure.text} ({failure.file}:{failure.line}). Fix it first; nothing "
                    "was graded."
                )
            self._known[run] = frame.observation if frame.extra.get("shows", True) else None
