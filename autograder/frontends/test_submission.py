"""One pytest item per check of the submission given on the command line (see pytest_plugin.py)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograder.grading.result import CheckResult
from autograder.kit.text import plain


def test_check(
    check_id: str,
    check_results: dict[str, CheckResult],
    record_property: Callable[[str, object], None],
) -> None:
    """Passes when the check does; fails with the student's feedback."""
    result = check_results[check_id]
    record_property("points", result.points)
    record_property("max_points", 0.0 if result.extra_credit else result.max_points)
    record_property("status", result.status)
    if result.status != "passed":
        hint = f"\nLook here: {result.hint}" if result.hint else ""
        pytest.fail(f"{result.status}: {plain(result.message)}{hint}", pytrace=False)
