"""What grading produces: one result per check, one per submission, one file per class.

These models are the contract of results.json; `docs/results.schema.json` is made from them.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from autograder.kit.verdict import Status


class CheckResult(BaseModel):
    """One check of one submission."""

    id: str
    question: str
    target: str = Field(description="The function graded, as file:Qualified.name")
    summary: str = Field("", description="What the check looks at, in one sentence")
    points: float
    max_points: float
    extra_credit: bool = Field(False, description="Whether the points come on top of max_score")
    status: Status
    message: str = Field("", description="What happened, in Markdown; x is the student's value")
    hint: str = Field("", description="What to look at, where the mistake is a known one")
    misconception: str = Field("", description="The known mistake's name, or empty")
    seconds: float = 0.0


class SubmissionResult(BaseModel):
    """All checks of one submission."""

    student: str
    score: float
    max_score: float
    seconds: float = Field(0.0, description="Processor time of the student's processes")
    fingerprint: str = Field("", description="Changes when the files, the seed or the grader do")
    notes: list[str] = Field(default_factory=list, description="What was odd about the submission")
    remarks: list[str] = Field(
        default_factory=list,
        description="For the instructor alone: where logs contradict themselves or the checkpoint",
    )
    checks: list[CheckResult]

    @classmethod
    def of(cls, student: str, checks: list[CheckResult], **further: Any) -> SubmissionResult:
        """The result with these checks: extra credit counts for the score, not for its maximum."""
        score = round(sum(check.points for check in checks), 6)
        most = round(sum(check.max_points for check in checks if not check.extra_credit), 6)
        return cls(student=student, score=score, max_score=most, checks=checks, **further)


class ClassResults(BaseModel):
    """results.json: one assignment, any number of submissions."""

    model_config = {"populate_by_name": True}

    version: Literal[1] = Field(1, alias="schema")
    assignment: str
    seed: int
    confinement: list[str] = Field(description="The layers that held while student code ran")
    submissions: list[SubmissionResult]
