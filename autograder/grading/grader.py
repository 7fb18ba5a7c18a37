"""The engine: grades submissions of one assignment.

with Grader.open(settings) as grader:
    result = grader.grade(submission)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from autograder.course import find_assignment, held_out_folder
from autograder.grading.attempts import ConfinedRunner
from autograder.grading.claims import remarks
from autograder.grading.oracle import Oracle
from autograder.grading.result import CheckResult, SubmissionResult
from autograder.grading.settings import Settings
from autograder.intake.submission import Submission
from autograder.kit import words
from autograder.kit.accuracy import Measured, held_out_for_run, load_held_out, measure
from autograder.kit.procedure import decide, grade_checks, groups, verdict
from autograder.kit.verdict import CheckInfo, Verdict
from autograder.sandbox.client import Sandbox
from autograder.sandbox.limits import Limits

OnResult = Callable[[CheckResult], None]


class Grader:
    """Grades submissions of one assignment with one seed, over one sandbox."""

    def __init__(self, settings: Settings, sandbox: Sandbox) -> None:
        self.settings = settings
        self.sandbox = sandbox
        self.assignment = find_assignment(settings.assignment)
        self._oracle = Oracle(sandbox, self.assignment, settings.seed)
        self.checks = [CheckInfo(**one) for one in sandbox.catalogue]

    @classmethod
    def open(cls, settings: Settings) -> Grader:
        """Start a sandbox, let it try to break out of itself, and grade with it."""
        sandbox = sandbox_of(settings)
        sandbox.start()
        return cls(settings, sandbox)

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox."""
        self.sandbox.close()

    @property
    def layers(self) -> list[str]:
        """The layers of confinement that hold."""
        return self.sandbox.layers

    def grade(self, submission: Submission, on_result: OnResult | None = None) -> SubmissionResult:
        """Grade every check. `on_result` hears of each one as soon as it is decided."""
        checks = self.checks_of(submission)
        self._oracle.warm_up(checks)
        settings = self.settings
        runner = ConfinedRunner(self.sandbox, submission, settings.seed, settings.budget)
        found: dict[str, CheckResult] = {}
        measured: list[Measured] = []
        for group in groups(checks):
            for one in self._grade_group(submission, group, runner, measured):
                found[one.check.id] = to_result(one)
                if on_result:
                    on_result(found[one.check.id])
        return SubmissionResult.of(
            submission.student,
            [found[check.id] for check in checks],
            seconds=round(runner.spent, 3),
            fingerprint=submission.fingerprint,
            notes=submission.notes,
            remarks=[
                *submission.remarks,
                *remarks(submission.runs, measured[0] if measured else None),
            ],
        )

    def checks_of(self, submission: Submission) -> list[CheckInfo]:
        """What is looked at: what earns points, and else what there is a trained model for."""
        return [check for check in self.checks if check.points or submission.attachment]

    def _grade_group(
        self,
        submission: Submission,
        checks: list[CheckInfo],
        runner: ConfinedRunner,
        measured: list[Measured],
    ) -> Iterable[Verdict]:
        problem = submission.problem(checks[0].file)
        if problem:
            return [verdict(check, problem.status, problem.message) for check in checks]
        if checks[0].accuracy:
            return [self._measure(submission, check, runner, measured) for check in checks]
        return grade_checks(checks, runner, self._oracle, self.sandbox.limits.cpu_seconds)

    def _measure(
        self,
        submission: Submission,
        check: CheckInfo,
        runner: ConfinedRunner,
        measured: list[Measured],
    ) -> Verdict:
        """Grade a trained model: the child predicts, the labels are here."""
        assert check.accuracy is not None
        if not submission.attachment:
            return verdict(check, "missing", submission.no_attachment)
        held_out = load_held_out(check.accuracy["images"], held_out_folder())
        if isinstance(held_out, str):
            return verdict(check, "refused", f"{words.NOT_MEASURED} {held_out}")
        held_out = held_out_for_run(held_out, self.settings.seed)
        given = {"checkpoint": submission.attachment, "images": held_out.images}
        attempt, seconds = runner.predict(check, given)
        if not attempt.has_values:
            return decide(check, [attempt], [], seconds)
        assert attempt.observation is not None
        seen = measure(attempt.observation, held_out, check.accuracy["scale"])
        if isinstance(seen, str):
            return verdict(check, "failed", seen, attempt)
        measured.append(seen)
        return seen.verdict(check, attempt, self._explain_claim(submission, seen))

    def _explain_claim(self, submission: Submission, seen: Measured) -> str:
        explain = self.assignment.explain_claim
        return explain(submission.printed, seen.accuracy, seen.classes) if explain else ""


def sandbox_of(settings: Settings) -> Sandbox:
    """The sandbox for these settings; it starts when it is first needed."""
    assignment = find_assignment(settings.assignment)
    assignment.require_reference()
    limits = Limits(settings.cpu_seconds, 4.0 * settings.cpu_seconds, settings.extra_memory)
    files = assignment.reference_files
    return Sandbox(assignment.name, files, limits, settings.allow_unconfined)


def to_result(verdict: Verdict) -> CheckResult:
    """A verdict as it is written into results.json."""
    check = verdict.check
    return CheckResult(
        id=check.id,
        question=check.question,
        target=check.target,
        summary=check.summary,
        points=verdict.points,
        max_points=check.points,
        extra_credit=check.extra_credit,
        status=verdict.status,
        message=verdict.message,
        hint=verdict.hint,
        misconception=verdict.misconception,
        seconds=verdict.seconds,
    )
