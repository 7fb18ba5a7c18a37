"""Grades a class: submissions in, results out, over any concurrent.futures executor.

A worker reads a submission, compares its fingerprint with that of the earlier result, and grades it
only if something has changed. So at no time are more submissions in memory than are being graded.
"""

from __future__ import annotations

import atexit
import hashlib
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

from autograder.course import ROOT, CourseAssignment, find_assignment, held_out_folder
from autograder.frontends.streams import stream
from autograder.gradebook.store import Gradebook
from autograder.grading.grader import Grader, to_result
from autograder.grading.result import ClassResults, SubmissionResult
from autograder.grading.settings import Settings
from autograder.intake.discover import Found
from autograder.intake.submission import Submission, fingerprint, read_submission
from autograder.kit.procedure import verdict
from autograder.sandbox.client import SandboxError

OnDone = Callable[[SubmissionResult], None]


@dataclass(frozen=True)
class Task:
    """One submission to grade. Picklable: it travels to a worker."""

    found: Found
    engine: str  # fingerprint of the grader
    known: str = ""  # fingerprint of the earlier result, if there is one


@dataclass(frozen=True)
class Done:
    """What a worker answers: the result, or None where the earlier one still holds."""

    student: str
    result: SubmissionResult | None
    layers: list[str]


def grade_class(
    settings: Settings,
    found: list[Found],
    gradebook: Gradebook,
    executor: Executor | None,
    on_done: OnDone | None = None,
) -> ClassResults:
    """Grade what is not graded yet, keep every result as it comes, publish all.

    Without an executor the work is done in this process.
    """
    assignment = find_assignment(settings.assignment)
    engine = grader_fingerprint(assignment, settings)
    earlier = {one.student: gradebook.known(one.student) for one in found}
    tasks = (
        Task(one, engine, known.fingerprint if (known := earlier[one.student]) else "")
        for one in found
    )
    results: dict[str, SubmissionResult] = {}
    layers = gradebook.known_layers()
    try:
        for done in stream(partial(grade_one, settings), tasks, executor):
            result = done.result or earlier[done.student]
            assert result is not None
            layers = done.layers
            if done.result:
                gradebook.save(result)
            results[done.student] = result
            if on_done:
                on_done(result)
    finally:  # what has been graded is published, even when the run was stopped
        published = ClassResults(
            assignment=assignment.name,
            seed=settings.seed,
            confinement=layers,
            submissions=[results[one.student] for one in found if one.student in results],
        )
        gradebook.publish(published, assignment.title)
    return published


_graders: dict[Settings, Grader] = {}  # of this process; their sandboxes stay warm


def grade_one(settings: Settings, task: Task) -> Done:
    """Read and grade one submission in this process."""
    grader = grader_of_this_process(settings)
    found = task.found
    submission = read_submission(found, grader.assignment, grader.sandbox)
    submission.fingerprint = fingerprint(
        {}, [task.engine, submission.fingerprint, *submission.notes]
    )
    if submission.fingerprint == task.known:
        return Done(found.student, None, grader.layers)
    return Done(found.student, grade_submission(grader, submission), grader.layers)


def grade_submission(grader: Grader, submission: Submission) -> SubmissionResult:
    """Grade one submission; a fault of ours becomes its result, and costs no other."""
    try:
        return grader.grade(submission)
    except SandboxError:
        raise
    except Exception as error:
        message = (
            f"The grader itself failed on this submission ({type(error).__name__}: {error}). "
            "This is not the student's fault: please report it and grade again."
        )
        checks = [
            to_result(verdict(check, "error", message)) for check in grader.checks_of(submission)
        ]
        # Without a fingerprint it is graded again next time.
        return SubmissionResult.of(submission.student, checks, notes=[message])


def grader_of_this_process(settings: Settings) -> Grader:
    """The grader with these settings, opened at its first use."""
    if settings not in _graders:
        _graders[settings] = Grader.open(settings)
        atexit.register(_graders[settings].close)
    return _graders[settings]


def grader_fingerprint(assignment: CourseAssignment, settings: Settings) -> str:
    """Changes with the grader's code, the reference, the held-out images and the settings."""
    digest = hashlib.sha256(repr(settings).encode())
    sources = [*(ROOT / "autograder").rglob("*.py"), *assignment.reference_files]
    sources += held_out_folder().glob("*.npz")
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()
