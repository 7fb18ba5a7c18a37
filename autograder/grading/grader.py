"""Grades one submission: observe in groups, look again at what did not pass, decide, explain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autograder.course import held_out_folder
from autograder.intake.submission import Submission
from autograder.kit import words
from autograder.kit.accuracy import Measured, load_held_out, measure
from autograder.kit.verdict import Attempt, CheckInfo
from autograder.grading.claims import remarks
from autograder.kit.compare import Difference, compare
from autograder.kit.diagnose import Diagnosis, diagnose
from autograder.grading.oracle import Oracle
from autograder.grading.result import CheckResult, SubmissionResult
from autograder.kit.values import MENTIONS, PIECE, Run
from autograder.sandbox.client import Sandbox, SandboxError
from autograder.sandbox.job import Job, Outcome
from autograder.kit.frames import Frame

_MAX_STUCK = 4  # cells that never end, of one notebook
OnResult = Callable[[CheckResult], None]


class Grader:
    """Grades submissions of one assignment with one seed, over one sandbox."""

    def __init__(self, sandbox: Sandbox, seed: int, budget: float = 300.0) -> None:
        self.sandbox = sandbox
        self._seed = seed
        self._budget = budget
        self._oracle = Oracle(sandbox, seed)
        self.checks = [CheckInfo(**told) for told in sandbox.catalogue]

    def grade(self, submission: Submission, on_result: OnResult | None = None) -> SubmissionResult:
        """Grade every check. `on_result` hears of each one as soon as it is decided."""
        self._spent = 0.0
        self._stuck: dict[str, str] = {}
        self._measured: Measured | None = None
        checks = self.checks_of(submission)
        compared = [check for check in checks if not check.accuracy]
        self._oracle.observe(Run(check.id, check.modes[0]) for check in compared)
        groups: dict[tuple[str, ...], list[CheckInfo]] = {}  # one child each
        for check in checks:
            key = check.file, check.ban_name, check.must_use, str(bool(check.accuracy))
            groups.setdefault(key, []).append(check)
        found: dict[str, CheckResult] = {}
        for group in groups.values():
            for result in self._grade_group(submission, group):
                found[result.id] = result
                if on_result:
                    on_result(result)
        results = [found[check.id] for check in checks]
        return SubmissionResult(
            student=submission.student,
            score=round(sum(r.points for r in results), 6),
            max_score=sum(check.points for check in checks),
            seconds=round(self._spent, 3),
            fingerprint=submission.fingerprint,
            notes=submission.notes,
            remarks=remarks(submission.runs, self._measured),
            checks=results,
        )

    def checks_of(self, submission: Submission) -> list[CheckInfo]:
        """What is looked at: what earns points, and else what there is a trained model for."""
        return [check for check in self.checks if check.points or submission.attachment]

    def _grade_group(
        self, submission: Submission, checks: list[CheckInfo]
    ) -> Iterable[CheckResult]:
        file = checks[0].file
        problem = submission.problem(file)
        if problem:
            for check in checks:
                yield _result(check, problem.status, problem.message)
            return
        if checks[0].accuracy:
            for check in checks:
                yield self._measure(submission, check)
            return
        attempts = self._attempt(submission, file, checks)
        if all(attempt.loading for attempt in attempts.values()):  # perhaps it was only bad luck
            again = self._attempt(submission, file, checks[:1])[checks[0].id]
            if again.loading:
                for check in checks:
                    yield _result(
                        check, *words.explain(again, check, self.sandbox.limits.cpu_seconds)
                    )
                return
        tried = {check.id: self._look_again(submission, check, attempts) for check in checks}
        found = self._diagnose(checks, tried)
        for check in checks:
            yield self._decide(check, tried[check.id], found.get(check.id))

    def _look_again(
        self, submission: Submission, check: CheckInfo, attempts: dict[str, Attempt]
    ) -> list[Attempt]:
        """Try a check that did not pass again, alone, in each of its modes until it passes.

        The attempt that counts comes last.
        """
        tries = [self._judge(check, attempts[check.id])]
        if not tries[0].passed:
            tries.clear()
        for mode in check.modes if not tries else []:
            alone = self._attempt(submission, check.file, [check], mode)[check.id]
            tries.append(self._judge(check, alone))
            if alone.passed:
                break
        return tries

    def _attempt(
        self, submission: Submission, file: str, checks: list[CheckInfo], mode: str = ""
    ) -> dict[str, Attempt]:
        """Run probes in one child; after a child that died, go on behind the probe it died in."""
        seen: dict[str, Attempt] = {}
        pending = list(checks)
        while pending:
            if self._spent > self._budget:
                outcome = Outcome(timed_out=True)
                return seen | {c.id: Attempt(outcome=outcome) for c in pending}
            runs = [Run(check.id, mode or check.modes[0]) for check in pending]
            alone = bool(checks[0].must_use)  # then no other file may do what this one must not
            outcome, frames = self._run(submission, file, runs, alone=alone)
            broken = words.violations(frames["ready"].extra) if "ready" in frames else []
            mentions = words.mentions(frames[MENTIONS].extra) if MENTIONS in frames else []
            loaded = frames["load"].observation if "load" in frames else None
            if loaded is None and self._leave_out(frames, outcome):
                continue
            if loaded is None or loaded.failure:
                failed = Attempt(
                    mode or checks[0].modes[0], loaded, True, outcome, mentions, violations=broken
                )
                return seen | {check.id: failed for check in pending}
            for check in pending:
                frame = frames.get(check.id)
                seen[check.id] = Attempt(
                    mode or check.modes[0],
                    frame.observation if frame else None,
                    False,
                    outcome,
                    mentions,
                    violations=broken,
                )
                if frame is None:
                    break
            pending = [check for check in pending if check.id not in seen]
        return seen

    def _run(
        self,
        submission: Submission,
        file: str,
        runs: list[Run],
        given: dict[str, bytes] | None = None,
        cpu_seconds: int = 0,
        alone: bool = False,
    ) -> tuple[Outcome, dict[str, Frame]]:
        """Run probes in one child; its frames by tag, of several with one tag the first."""
        module = submission.modules[file]
        others = {name for name in submission.modules.values() if alone and name != module}
        modules = {name: p for name, p in submission.sources.items() if name not in others}
        job = Job(modules, module, runs, self._seed, self._stuck, given or {})
        outcome = self.sandbox.student(job, cpu_seconds)
        self._spent += outcome.cpu_seconds + self.sandbox.limits.wall_seconds * outcome.timed_out
        frames = {frame.tag: frame for frame in reversed(outcome.frames)}
        if "broken" in frames and "ready" not in frames:  # so it was not the student's code
            raise SandboxError(f"The sandbox is broken: {frames['broken'].observation.failure}")
        return outcome, frames

    def _leave_out(self, frames: dict[str, Frame], outcome: Outcome) -> bool:
        """A cell in which the child died is left out from now on; False where none was begun."""
        begun = [frame for frame in outcome.frames if frame.tag == PIECE]
        if not begun or len(self._stuck) >= _MAX_STUCK:
            return False
        label = str(begun[-1].extra.get("label", ""))
        if label in self._stuck:
            return False
        self._stuck[label] = words.stopped(outcome, self.sandbox.limits.cpu_seconds)
        return True

    def _measure(self, submission: Submission, check: CheckInfo) -> CheckResult:
        """Grade a trained model: the child predicts, the labels are here."""
        assert check.accuracy is not None
        if not submission.attachment:
            return _result(check, "missing", submission.no_attachment)
        held_out = load_held_out(check.accuracy["images"], held_out_folder())
        if isinstance(held_out, str):
            return _result(check, "refused", f"{words.NOT_MEASURED} {held_out}")
        given = {"checkpoint": submission.attachment, "images": held_out.images}
        seconds = max(1, min(check.accuracy["cpu_seconds"], int(self._budget - self._spent)))
        run = Run(check.id, check.modes[0])
        outcome, frames = self._run(submission, check.file, [run], given, seconds)
        frame = frames.get(check.id)
        attempt = Attempt(check.modes[0], frame.observation if frame else None, outcome=outcome)
        if attempt.observation is None or attempt.observation.failure:
            return _result(check, *words.explain(attempt, check, seconds), attempt=attempt)
        seen = measure(
            attempt.observation, held_out.labels, check.accuracy["scale"], submission.claims
        )
        if isinstance(seen, str):
            return _result(check, "failed", seen, attempt=attempt)
        self._measured = seen
        status = "passed" if seen.points == check.points else "failed"
        result = _result(check, status, seen.message, attempt=attempt)
        return result.model_copy(update={"points": min(seen.points, check.points)})

    def _judge(self, check: CheckInfo, attempt: Attempt) -> Attempt:
        if attempt.observation is not None and attempt.observation.failure is None:
            run = Run(check.id, attempt.mode)
            expected = self._oracle.observe([run])[run]
            attempt.difference = (
                Difference("output", "nothing was loaded")
                if attempt.loading
                else compare(attempt.observation, expected)
            )
        return attempt

    def _diagnose(
        self, checks: list[CheckInfo], tried: dict[str, list[Attempt]]
    ) -> dict[str, Diagnosis]:
        """Known mistakes, looked for over all failed checks of a target together."""
        found: dict[str, Diagnosis] = {}
        for target in {check.target for check in checks}:
            mistakes = [m for m in self._oracle.mistakes if m.target == target]
            failed = {
                Run(check.id, attempt.mode): attempt.observation
                for check in checks
                if check.target == target and not tried[check.id][-1].passed
                for attempt in tried[check.id]
                if attempt.observation is not None and attempt.observation.failure is None
            }
            found |= diagnose(failed, mistakes, self._oracle)
        return found

    def _decide(
        self, check: CheckInfo, tries: list[Attempt], diagnosis: Diagnosis | None
    ) -> CheckResult:
        last = tries[-1]
        if last.passed:
            note = words.WITH_STAND_INS if last.mode != check.modes[0] else last.note
            return _result(check, "passed", note, attempt=last)
        status, message = words.explain(_telling(tries), check, self.sandbox.limits.cpu_seconds)
        return _result(check, status, message, attempt=last, diagnosis=diagnosis)


def _telling(tries: list[Attempt]) -> Attempt:
    """The attempt to explain: the student's own values, unless they came to nothing."""
    with_values = [t for t in tries if t.observation is not None and t.observation.failure is None]
    return with_values[0] if with_values else tries[0]


def _result(
    check: CheckInfo,
    status: Any,
    message: str,
    attempt: Attempt | None = None,
    diagnosis: Diagnosis | None = None,
) -> CheckResult:
    seconds = attempt.observation.seconds if attempt and attempt.observation else 0.0
    return CheckResult(
        id=check.id,
        question=check.question,
        target=check.target,
        summary=check.summary,
        points=check.points if status == "passed" else 0.0,
        max_points=check.points,
        status=status,
        message=message,
        hint=diagnosis.hint if diagnosis else "",
        misconception=diagnosis.name if diagnosis else "",
        seconds=round(min(seconds, 1e6), 4),
    )
