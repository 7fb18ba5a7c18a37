"""The pytest front end: `pytest autograder --assignment NAME --submission PATH`.

A plug-in that pytest loads by its entry point; without `--assignment` it does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course import CourseError, find_assignment
from autograder.grading.grader import Grader
from autograder.grading.result import CheckResult
from autograder.grading.seeds import course_seed
from autograder.grading.settings import Settings
from autograder.intake.discover import find_submissions
from autograder.intake.submission import Submission, read_submission
from autograder.sandbox.client import SandboxError

_GRADER = pytest.StashKey[Grader]()
_SUBMISSION = pytest.StashKey[Submission]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("autograder")
    group.addoption("--assignment", help="name of the assignment to grade")
    group.addoption("--submission", type=Path, help="folder, archive or file of one student")
    group.addoption("--grading-seed", type=int, default=None, help="seed of the random inputs")


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    name, path = config.getoption("--assignment"), config.getoption("--submission")
    if not name and not path:
        return
    if not name or not path:
        raise pytest.UsageError(_USAGE)
    try:
        assignment = find_assignment(name)
        seed = config.getoption("--grading-seed")
        grader = Grader.open(Settings(name, course_seed() if seed is None else seed))
        config.stash[_GRADER] = grader
        found = find_submissions(path, assignment, grader.sandbox).submissions
        if len(found) != 1:
            raise CourseError(f"{path} holds several submissions: give one of them.")
        config.stash[_SUBMISSION] = read_submission(found[0], assignment, grader.sandbox)
    except (CourseError, SandboxError) as error:
        raise pytest.UsageError(str(error)) from None


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _GRADER in session.config.stash:
        session.config.stash[_GRADER].close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "check_id" not in metafunc.fixturenames:
        return
    stash = metafunc.config.stash
    if _GRADER not in stash:
        raise pytest.UsageError(_USAGE)
    checks = stash[_GRADER].checks_of(stash[_SUBMISSION])
    ids = [f"{check.question}-{check.function}-{check.id}" for check in checks]
    metafunc.parametrize("check_id", [check.id for check in checks], ids=ids)


_USAGE = "Say what to grade: pytest autograder --assignment NAME --submission PATH"


@pytest.fixture(scope="session")
def check_results(request: pytest.FixtureRequest) -> Iterator[dict[str, CheckResult]]:
    """The results of all checks by id."""
    stash = request.config.stash
    graded = stash[_GRADER].grade(stash[_SUBMISSION])
    yield {check.id: check for check in graded.checks}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    earned = [
        (float(properties["points"]), float(properties["max_points"]))
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if (properties := dict(report.user_properties)).keys() >= {"points", "max_points"}
    ]
    if earned:
        score, most = (round(sum(column), 6) for column in zip(*earned, strict=True))
        terminalreporter.write_line(f"Score: {score:g} of {most:g} points")
