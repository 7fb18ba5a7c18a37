"""What several test modules share: one warm grader, and submissions made of parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from autograder.course import find_assignment
from autograder.grading.grader import Grader
from autograder.grading.reference import reference_modules
from autograder.grading.result import CheckResult, SubmissionResult
from autograder.grading.settings import Settings
from autograder.intake.submission import Submission, read_submission
from autograder.kit.source import all_pieces
from tests.submissions.build import insert_text

A2 = "a2_lstm_and_vit"

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("course", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("course")


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    """A started grader for a2 that gives a check two seconds of processor time."""
    settings = Settings(A2, 0, cpu_seconds=2)
    with Grader.open(settings) as grader:
        yield grader


class Workspace:
    """Makes submissions out of the reference and has them graded."""

    def __init__(self, folder: Path, grader: Grader) -> None:
        self.folder, self._grader, self.sandbox = folder, grader, grader.sandbox
        self._right = all_pieces(reference_modules(find_assignment(A2)))
        for name, text in self._right.items():
            (folder / name).write_text(text)

    def write(self, name: str, content: str | bytes) -> None:
        """A file as it is."""
        data = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)

    def change(self, written: str, part: str = "vit_solution", head: str = "") -> None:
        """Functions of the reference replaced by these, and code put in front of everything."""
        self.write(f"{part}.py", head + insert_text(self._right[f"{part}.py"], written))

    def grade(self, path: Path | None = None) -> SubmissionResult:
        """Grade the folder, or another path."""
        return self._grader.grade(self.read(path))

    def read(self, path: Path | None = None) -> Submission:
        """Read the folder, or another path, as one submission."""
        path = path or self.folder
        return read_submission(path, find_assignment(A2), self.sandbox, "student")


@pytest.fixture
def workspace(tmp_path: Path, grader: Grader) -> Workspace:
    """A submission that is right, to be changed."""
    folder = tmp_path / "submission"
    folder.mkdir()
    return Workspace(folder, grader)


Lost = Callable[[SubmissionResult], dict[str, list[CheckResult]]]


@pytest.fixture(scope="session")
def lost() -> Lost:
    """Checks that did not pass, by what they grade (without the file)."""

    def by_target(result: SubmissionResult) -> dict[str, list[CheckResult]]:
        found: dict[str, list[CheckResult]] = {}
        for check in result.checks:
            if check.status != "passed":
                found.setdefault(check.target.partition(":")[2], []).append(check)
        return found

    return by_target
