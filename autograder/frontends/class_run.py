"""Grades a class: submissions in, results out, over any concurrent.futures executor."""

from __future__ import annotations

import atexit
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, as_completed

from autograder.course import ROOT, CourseAssignment, find_assignment, held_out_folder
from autograder.gradebook.store import Gradebook
from autograder.grading.grader import Grader, to_result
from autograder.grading.result import ClassResults, SubmissionResult
from autograder.grading.settings import Settings
from autograder.intake.discover import Entrant
from autograder.intake.submission import Submission, fingerprint, read_submission
from autograder.kit.procedure import verdict
from autograder.sandbox.client import SandboxError

OnDone = Callable[[SubmissionResult], None]


def grade_class(
    settings: Settings,
    entrants: list[Entrant],
    gradebook: Gradebook,
    executor: Executor | None,
    on_done: OnDone | None = None,
) -> ClassResults:
    """Grade what is not graded yet, keep every result as it comes, publish all.

    Without an executor the work is done in this process.
    """
    assignment = find_assignment(settings.assignment)
    engine = grader_fingerprint(assignment, settings)
    results: dict[str, SubmissionResult] = {}
    layers: list[str] = []
    open_work: list[Submission] = []
    for entrant in entrants:
        submission = read_submission(entrant.path, assignment, entrant.student)
        submission.notes = [*entrant.notes, *submission.notes]
        submission.fingerprint = fingerprint(
            {}, [engine, submission.fingerprint, *submission.notes]
        )
        known = gradebook.known(submission.student, submission.fingerprint)
        if known:
            results[submission.student] = known
            if on_done:
                on_done(known)
        else:
            open_work.append(submission)

    try:
        for result, held in _graded(settings, open_work, executor):
            results[result.student] = result
            layers = held
            gradebook.save(result)
            if on_done:
                on_done(result)
    finally:  # what has been graded is published, even when the run was stopped
        if not layers and results:
            layers = gradebook.known_layers()
        published = ClassResults(
            assignment=assignment.name,
            seed=settings.seed,
            confinement=layers,
            submissions=[results[e.student] for e in entrants if e.student in results],
        )
        gradebook.publish(published, assignment.title)
    return published


def _graded(
    settings: Settings, work: list[Submission], executor: Executor | None
) -> Iterator[tuple[SubmissionResult, list[str]]]:
    """Results in the order in which they are done, each with the confinement that held."""
    if executor is None:
        for submission in work:
            yield grade_one(settings, submission)
        return
    for future in as_completed([executor.submit(grade_one, settings, one) for one in work]):
        yield future.result()


_workers: dict[Settings, Grader] = {}


def grade_one(settings: Settings, submission: Submission) -> tuple[SubmissionResult, list[str]]:
    """Grade one submission in this process; the sandbox stays warm for the next."""
    grader = _grader_of_this_process(settings)
    try:
        return grader.grade(submission), grader.layers
    except SandboxError:
        raise
    except Exception as error:  # a fault of ours must not cost the class its run
        return _broken(grader, submission, error), grader.layers


def _grader_of_this_process(settings: Settings) -> Grader:
    if settings not in _workers:
        _workers[settings] = Grader.open(settings)
        atexit.register(_workers[settings].close)
    return _workers[settings]


def _broken(grader: Grader, submission: Submission, error: Exception) -> SubmissionResult:
    message = (
        f"The grader itself failed on this submission ({type(error).__name__}: {error}). "
        "This is not the student's fault: please report it and grade again."
    )
    checks = [to_result(verdict(check, "error", message)) for check in grader.checks_of(submission)]
    # Without a fingerprint it is graded again next time.
    return SubmissionResult.of(submission.student, checks, notes=[message])


def grader_fingerprint(assignment: CourseAssignment, settings: Settings) -> str:
    """Changes with the grader's code, the reference, the held-out images and the settings."""
    digest = hashlib.sha256(repr(settings).encode())
    sources = [*(ROOT / "autograder").rglob("*.py"), *assignment.reference_files]
    sources += held_out_folder().glob("*.npz")
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()
