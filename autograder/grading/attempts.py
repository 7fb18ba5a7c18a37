"""Runs the probes of one submission in confined processes, and what to do when one dies."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.intake.submission import Submission
from autograder.kit import words
from autograder.kit.frames import Frame
from autograder.kit.values import MENTIONS, PIECE, Observation, Run
from autograder.kit.verdict import Attempt, CheckInfo, Ending
from autograder.sandbox.client import Sandbox, SandboxError
from autograder.sandbox.job import Job, Outcome

_MAX_STUCK = 4  # cells of one notebook that never end


class ConfinedRunner:
    """Runs checks on one submission. `spent` counts the processor seconds it has taken."""

    def __init__(self, sandbox: Sandbox, submission: Submission, seed: int, budget: float) -> None:
        self._sandbox = sandbox
        self._submission = submission
        self._seed = seed
        self._budget = budget
        self._stuck: dict[str, str] = {}  # cells that are left out -> why
        self.spent = 0.0

    def run(self, checks: Sequence[CheckInfo], mode: str = "") -> dict[str, Attempt]:
        """Run probes in one child; after a child that died, go on behind the probe it died in."""
        seen: dict[str, Attempt] = {}
        pending = list(checks)
        while pending:
            if self.spent > self._budget:
                ending = Ending(timed_out=True)
                return seen | {check.id: Attempt(ending=ending) for check in pending}
            outcome, frames = self._child(pending, mode)
            if "load" not in frames and self._leave_out(outcome):
                continue
            loaded = frames["load"].observation if "load" in frames else None
            failed = loaded is None or loaded.failure is not None
            for check in pending:
                answer = loaded if failed else _observation(frames.get(check.id))
                seen[check.id] = Attempt(
                    mode or check.modes[0],
                    answer,
                    failed,
                    outcome.ending,
                    words.mentions(frames[MENTIONS].extra) if MENTIONS in frames else [],
                    words.violations(frames["ready"].extra) if "ready" in frames else [],
                )
                if answer is None and not failed:
                    break
            pending = [check for check in pending if check.id not in seen]
        return seen

    def predict(self, check: CheckInfo, given: dict[str, bytes]) -> tuple[Attempt, int]:
        """Run the probe of a trained model; also says how many seconds it had."""
        assert check.accuracy is not None
        seconds = max(1, min(check.accuracy["cpu_seconds"], int(self._budget - self.spent)))
        outcome, frames = self._child([check], "", given, seconds)
        answer = _observation(frames.get(check.id))
        return Attempt(check.modes[0], answer, ending=outcome.ending), seconds

    def _child(
        self,
        checks: Sequence[CheckInfo],
        mode: str,
        given: dict[str, bytes] | None = None,
        cpu_seconds: int = 0,
    ) -> tuple[Outcome, dict[str, Frame]]:
        """Run probes in one child; its frames by tag, of several with one tag the first."""
        modules, module = self._submission.sources, self._submission.modules[checks[0].file]
        if checks[0].rule:  # then no other file may do what this one must not
            others = {name for name in self._submission.modules.values() if name != module}
            modules = {name: pieces for name, pieces in modules.items() if name not in others}
        runs = [Run(check.id, mode or check.modes[0]) for check in checks]
        job = Job(modules, module, runs, self._seed, self._stuck, given or {})
        outcome = self._sandbox.student(job, cpu_seconds)
        ending, limit = outcome.ending, self._sandbox.limits.wall_seconds
        self.spent += ending.cpu_seconds + limit * ending.timed_out
        frames = {frame.tag: frame for frame in reversed(outcome.frames)}
        if "broken" in frames and "ready" not in frames:  # so it was not the student's code
            raise SandboxError(f"The sandbox is broken: {frames['broken'].observation.failure}")
        return outcome, frames

    def _leave_out(self, outcome: Outcome) -> bool:
        """A cell in which the child died is left out from now on; False where none was begun."""
        begun = [frame for frame in outcome.frames if frame.tag == PIECE]
        if not begun or len(self._stuck) >= _MAX_STUCK:
            return False
        label = str(begun[-1].extra.get("label", ""))
        if label in self._stuck:
            return False
        self._stuck[label] = words.stopped(outcome.ending, self._sandbox.limits.cpu_seconds)
        return True


def _observation(frame: Frame | None) -> Observation | None:
    return frame.observation if frame else None
