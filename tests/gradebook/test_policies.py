"""Late days, attempts and adjustments: what they cost, and what is wrong with their file."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from autograder.course import ROOT, CourseError
from autograder.gradebook.policies import Attempts, Policy, attempt_decision, load_policy

DUE = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


def policy(folder: Path, text: str) -> Policy:
    (folder / "course.toml").write_text(text)
    return load_policy(folder / "course.toml")


def test_the_example_in_docs_is_read() -> None:
    example = load_policy(ROOT / "docs" / "course.example.toml")
    assert example.manual["1.3"].max_points == 2 and example.attempts is not None
    assert example.of("s023").adjustments[0].points == -2


def test_without_a_file_nothing_changes() -> None:
    assert load_policy(None).late_penalty(9, 10, 10) == 0


@pytest.mark.parametrize(
    ("days", "lost"),
    [(0, 0), (0.2, 1), (1, 1), (1.1, 2), (3, 3), (6, 5), (7, 5), (7.5, 10)],
    ids=str,
)
def test_each_day_that_has_begun_costs_up_to_the_cap(
    tmp_path: Path, days: float, lost: float
) -> None:
    rules = policy(tmp_path, "[late]\nper_day = 0.1\ncap = 0.5\ncloses_after = 7")
    assert rules.late_penalty(days, 10, 20) == pytest.approx(lost)


def test_free_days_cost_nothing(tmp_path: Path) -> None:
    rules = policy(tmp_path, "[late]\nper_day = 0.1\nfree_days = 2")
    assert [rules.late_penalty(days, 10, 10) for days in (2, 3)] == [0, 1]


def test_lateness_is_counted_from_the_due_date(tmp_path: Path) -> None:
    rules = policy(
        tmp_path,
        f"[late]\ndue = {DUE.isoformat()}\ngrace_hours = 2\n"
        "[students.b]\nextension_days = 3\n[students.c]\ndays_late = 4",
    )
    late = DUE.replace(day=22)
    assert rules.days_late("a", late) == 2
    assert rules.days_late("a", DUE.replace(hour=13)) == 0, "within the hours of grace"
    assert rules.days_late("a", None) == 0, "the download does not say when"
    assert rules.days_late("b", late) == 0, "an extension"
    assert rules.days_late("c", late) == 4, "what the instructor says"


def test_a_function_of_the_instructor_decides(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("def lost(days, points, most): return 100 * days")
    rules = policy(tmp_path, '[late]\nfunction = "rules.py:lost"')
    assert rules.late_penalty(0.05, 10, 20) == 5
    assert rules.late_penalty(3, 10, 20) == 10, "no more than there is"


def test_a_function_that_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("def lost(days, points, most): return 1 / 0")
    rules = policy(tmp_path, '[late]\nfunction = "rules.py:lost"')
    with pytest.raises(CourseError, match="rules.py:lost failed for 2 days late: ZeroDivision"):
        rules.late_penalty(2, 10, 20)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[late", "not a TOML file"),
        ("[late]\nper_day = 2", "late.per_day"),
        ("[late]\nper_dya = 0.1", "late.per_dya"),
        ('[late]\nfunction = "none.py:f"', "cannot be loaded"),
        ("[students.a]\nadjustments = [{points = 1}]", "reason"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CourseError, match=message):
        policy(tmp_path, text)


def metadata(*earlier: str, now: str = "2026-11-20T12:00:00.000000-05:00") -> dict[str, Any]:
    previous = [{"submission_time": time, "score": 3} for time in earlier]
    return {"created_at": now, "previous_submissions": previous}


def test_further_attempts_cost_a_share_up_to_the_cap() -> None:
    rules = Attempts(free=2, penalty=0.1, cap=0.25)
    times = ["2026-11-19T12:00:00Z"] * 9
    penalties = [attempt_decision(metadata(*times[:n]), rules).penalty for n in range(6)]
    assert penalties == pytest.approx([0, 0, 0.1, 0.2, 0.25, 0.25])
    assert (
        "submission 3: 10% of its points" in attempt_decision(metadata(*times[:2]), rules).message
    )


def test_after_the_last_attempt_nothing_is_graded() -> None:
    decision = attempt_decision(metadata("2026-11-19T12:00:00Z"), Attempts(lock_after=1))
    assert not decision.graded and "earlier score stands" in decision.message


def test_a_pause_is_counted_from_the_last_submission_that_was_graded() -> None:
    rules = Attempts(pause_minutes=60)
    now = "2026-11-20T12:00:00Z"
    soon = attempt_decision(metadata("2026-11-20T11:30:00Z", now=now), rules)
    assert not soon.graded and "again in 30 minutes" in soon.message
    assert attempt_decision(metadata("2026-11-20T10:59:00Z", now=now), rules).graded
    refused = metadata("2026-11-20T11:30:00Z", now=now)
    refused["previous_submissions"][0]["results"] = {"extra_data": {"not_graded": True}}
    assert attempt_decision(refused, rules).graded


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"previous_submissions": 3},
        {"previous_submissions": [1]},
        {"created_at": "yesterday", "previous_submissions": [{}]},
    ],
)
def test_metadata_that_says_nothing_costs_nothing(broken: dict[str, Any]) -> None:
    decision = attempt_decision(broken, Attempts(penalty=0.1, pause_minutes=5, free=2))
    assert decision.graded and decision.penalty == 0
