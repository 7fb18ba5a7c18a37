"""What the instructor decided about a class: late days, attempts, adjustments, written questions.

One small TOML file, `course.toml`, reviewed like code; docs/course.example.toml shows all of it.
Grading never writes it.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from autograder.course import CourseError

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser under the name that it had before
    import tomli as tomllib

FILE = "course.toml"
PenaltyFunction = Callable[[float, float, float], float]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ManualQuestion(_Table):
    """A question that people grade; the points stand in manual.csv."""

    title: str = ""
    max_points: float = Field(ge=0)
    extra_credit: bool = False


class Late(_Table):
    """What a late submission costs.

    due            when the assignment is due
    grace_hours    lateness that is overlooked
    free_days      late days that cost nothing
    per_day        share of the points lost for each day that has begun
    cap            the largest share that can be lost
    closes_after   days after which nothing is earned any more
    function       "file.py:name" beside this file, in place of per_day and cap; it is called with
                   days late, points and maximum, and returns the points that are lost
    """

    due: datetime | None = None
    grace_hours: float = Field(0, ge=0)
    free_days: float = Field(0, ge=0)
    per_day: float = Field(0, ge=0, le=1)
    cap: float = Field(1, ge=0, le=1)
    closes_after: float | None = Field(None, ge=0)
    function: str = ""


class Attempts(_Table):
    """What further submissions cost, where the platform says how many there were.

    free           submissions that cost nothing
    penalty        share of the points lost for each further one
    cap            the largest share that can be lost
    pause_minutes  how long to wait between two submissions that are graded
    lock_after     submissions after which none is graded
    """

    free: int = Field(1, ge=1)
    penalty: float = Field(0, ge=0, le=1)
    cap: float = Field(1, ge=0, le=1)
    pause_minutes: float = Field(0, ge=0)
    lock_after: int | None = Field(None, ge=1)


class Adjustment(_Table):
    """Points given or taken by hand, with the reason that the student reads."""

    points: float
    reason: str = Field(min_length=1)


class StudentPolicy(_Table):
    """What applies to one student only."""

    days_late: float | None = Field(None, ge=0, description="Replaces what the download says")
    extension_days: float = Field(0, ge=0)
    adjustments: list[Adjustment] = Field(default_factory=list)


class Policy(_Table):
    """course.toml."""

    late: Late = Field(default_factory=Late)
    attempts: Attempts | None = None
    manual: dict[str, ManualQuestion] = Field(default_factory=dict)
    students: dict[str, StudentPolicy] = Field(default_factory=dict)

    _folder: Path = PrivateAttr(default=Path())
    _function: PenaltyFunction | None = PrivateAttr(default=None)

    def of(self, student: str) -> StudentPolicy:
        """What applies to this student."""
        return self.students.get(student, StudentPolicy())

    def days_late(self, student: str, submitted: datetime | None) -> float:
        """Days after the due date, less the student's extension; 0 within the hours of grace."""
        own = self.of(student)
        if own.days_late is not None:
            late = own.days_late
        elif submitted is not None and self.late.due is not None:
            late = (_utc(submitted) - _utc(self.late.due)) / timedelta(days=1)
        else:
            return 0.0
        late -= own.extension_days
        return late if late > self.late.grace_hours / 24 else 0.0

    def late_penalty(self, days_late: float, points: float, max_points: float) -> float:
        """The points that being so late costs; never more than there are."""
        if days_late <= 0 or points <= 0:
            return 0.0
        if self.late.closes_after is not None and days_late > self.late.closes_after:
            return points
        if self._function:
            try:
                lost = float(self._function(days_late, points, max_points))
            except Exception as error:  # the instructor's own code
                raise CourseError(
                    f"{self.late.function} failed for {days_late:g} days late: "
                    f"{type(error).__name__}: {error}"
                ) from None
            if not math.isfinite(lost):
                raise CourseError(
                    f"{self.late.function} returned {lost} for {days_late} days late."
                )
            return min(max(lost, 0.0), points)
        days = max(0, math.ceil(days_late - self.late.free_days - 1e-9))
        return points * min(self.late.cap, days * self.late.per_day)


def load_policy(path: Path | None) -> Policy:
    """Read course.toml; an absent file is a policy that changes nothing."""
    if path is None:
        return Policy()
    try:
        policy = Policy.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} is not a TOML file: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CourseError(f"{path}: {where}: {first['msg']}.") from None
    if policy.late.function:
        policy._function = _load_function(path.parent, policy.late.function)
    return policy


def _load_function(folder: Path, name: str) -> PenaltyFunction:
    """The instructor's own penalty function, from a file beside course.toml."""
    file, _, function = name.partition(":")
    spec = importlib.util.spec_from_file_location("course_penalty", folder / file)
    try:
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found: PenaltyFunction = getattr(module, function)
    except (AssertionError, OSError, AttributeError, SyntaxError) as error:
        raise CourseError(
            f"The late policy names {name}, which cannot be loaded from {folder}: "
            f"{type(error).__name__}: {error}"
        ) from None
    return found


class AttemptDecision(_Table):
    """What the attempt policy says of one submission, with the sentence for the student."""

    graded: bool = True
    penalty: float = 0.0  # share of the points
    message: str = ""


def attempt_decision(metadata: dict[str, Any], attempts: Attempts | None) -> AttemptDecision:
    """Reads Gradescope's submission_metadata.json; what is not there counts as nothing."""
    if attempts is None:
        return AttemptDecision()
    previous = metadata.get("previous_submissions")
    earlier = (
        [one for one in previous if isinstance(one, dict)] if isinstance(previous, list) else []
    )
    number = len(earlier) + 1
    if attempts.lock_after is not None and number > attempts.lock_after:
        return AttemptDecision(
            graded=False,
            message=f"This is submission {number}, and {attempts.lock_after} are graded. Your "
            "earlier score stands; choose it under Submission History.",
        )
    wait = _pause_left(metadata, earlier, timedelta(minutes=attempts.pause_minutes))
    if wait > timedelta():
        minutes = math.ceil(wait / timedelta(minutes=1))
        return AttemptDecision(
            graded=False,
            message=f"Submissions are graded {attempts.pause_minutes:g} minutes apart. Submit "
            f"again in {minutes} minute{'s' * (minutes != 1)}; your earlier score stands.",
        )
    penalty = min(attempts.cap, max(0, number - attempts.free) * attempts.penalty)
    left = attempts.free - number
    if penalty:
        message = f"This is submission {number}: {penalty:.0%} of its points are taken off."
    elif attempts.penalty:
        message = (
            f"This is submission {number}. {left or 'None'} more cost{'s' * (left < 2)} nothing."
        )
    else:
        message = ""
    return AttemptDecision(penalty=penalty, message=message)


def _pause_left(
    metadata: dict[str, Any], earlier: list[dict[str, Any]], pause: timedelta
) -> timedelta:
    """How much of the pause is left after the last submission that was graded."""
    now = _time(metadata.get("created_at"))
    times = [_time(one.get("submission_time")) for one in earlier if _was_graded(one)]
    before = [time for time in times if time is not None]
    if now is None or not before:
        return timedelta()
    return max(before) + pause - now


def _was_graded(one: dict[str, Any]) -> bool:
    results = one.get("results")
    extra = results.get("extra_data") if isinstance(results, dict) else None
    return not (isinstance(extra, dict) and extra.get("not_graded"))


def _time(value: object) -> datetime | None:
    try:
        return _utc(datetime.fromisoformat(str(value).replace("Z", "+00:00")))
    except ValueError:
        return None


def _utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)
