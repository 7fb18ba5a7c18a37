"""The pytest front end: `pytest autograder --assignment NAME --submission PATH`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course import CourseError, find_assignment
from autograder.frontends.class_run import Settings, open_grader, open_sandbox
from autograder.intake.discover import find_submissions
from autograder.intake.submission import Submission, read_submission
from autograder.grading.grader import Grader
from autograder.grading.result import CheckResult
from autograder.sandbox.client import Sandbox, SandboxError

_SANDBOX = pytest.StashKey[Sandbox]()
_GRADER = pytest.StashKey[Grader]()
_SUBMISSION = pytest.StashKey[Submission]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("autograder")
    group.addoption("--assignment", help="name of the assignment to grade")
    group.addoption("--submission", type=Path, help="folder, zip or file of one student")
    group.addoption("--grading-seed", type=int, default=0, help="seed of the random inputs")


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    name, path = config.getoption("--assignment"), config.getoption("--submission")
    if not name or not path:
        raise pytest.UsageError("say what to grade: --assignment NAME --submission PATH")
    try:
        assignment = find_assignment(name)
        entrants = find_submissions(path, assignment)
        if len(entrants) != 1:
            raise CourseError(f"{path} holds several submissions: give one of them.")
        settings = Settings(name, config.getoption("--grading-seed"))
        sandbox = open_sandbox(settings)
        sandbox.start()
    except (CourseError, SandboxError) as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[_SANDBOX] = sandbox
    config.stash[_GRADER] = open_grader(settings, sandbox)
    config.stash[_SUBMISSION] = read_submission(entrants[0].path, assignment, entrants[0].student)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _SANDBOX in session.config.stash:
        session.config.stash[_SANDBOX].close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    stash = metafunc.config.stash
    checks = stash[_GRADER].checks_of(stash[_SUBMISSION])
    ids = [f"{check.question}-{check.target.partition(':')[2]}-{check.id}" for check in checks]
    metafunc.parametrize("check_id", [check.id for check in checks], ids=ids)


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest) -> Iterator[dict[str, CheckResult]]:
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
