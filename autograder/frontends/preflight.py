"""Looks at a class before it is graded: what was found, and which submissions need a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial

from autograder.course import CourseAssignment, CourseError
from autograder.frontends.class_run import grader_of_this_process
from autograder.frontends.streams import stream
from autograder.grading.settings import Settings
from autograder.intake.discover import Class, Found
from autograder.intake.inspect import Inspected, inspect, looks_like
from autograder.intake.names import listed
from autograder.intake.submission import read_submission


def inspect_class(
    settings: Settings,
    found: Class,
    executor: Executor | None,
    on_done: Callable[[Inspected], None] | None = None,
) -> list[Inspected]:
    """A row per student, in the order of the class."""
    rows = {}
    for row in stream(partial(inspect_one, settings), found.submissions, executor):
        rows[row.student] = row
        if on_done:
            on_done(row)
    return [rows[one.student] for one in found.submissions]


def inspect_one(settings: Settings, found: Found) -> Inspected:
    """Read one submission, confined; grade nothing."""
    grader = grader_of_this_process(settings)
    return inspect(read_submission(found, grader.assignment, grader.sandbox))


def refuse_another_assignment(rows: Sequence[Inspected], assignment: CourseAssignment) -> None:
    """`CourseError` where most of the class looks like another assignment's."""
    other = looks_like(rows)
    if other:
        raise CourseError(
            f"Most of these submissions look like {other}, not like {assignment.name}. Nothing was "
            f"graded. If they are of {other}: autograder grade {other} ..."
        )


def sentences(found: Class, rows: Sequence[Inspected]) -> list[str]:
    """What to know of the class before its grades."""
    said = [f"{len(rows)} submissions"]
    if found.platform:
        said[0] += f", as {found.platform} packs them"
    if found.unclaimed:
        said.append(f"Belonging to nobody, and not read: {listed(found.unclaimed, 10)}")
    if found.missing:
        names = [person.label for person in found.missing]
        said.append(f"In the roster, and nothing submitted: {listed(names, 10)}")
    return [f"{one}." for one in said]
