"""A warm sandbox that reads submissions of a2."""

from __future__ import annotations

import pytest

from autograder.course import CourseAssignment, find_assignment
from autograder.grading.grader import Grader
from autograder.sandbox.client import Sandbox
from tests.conftest import A2


@pytest.fixture(scope="session")
def sandbox(grader: Grader) -> Sandbox:
    return grader.sandbox


@pytest.fixture(scope="session")
def a2() -> CourseAssignment:
    return find_assignment(A2)
