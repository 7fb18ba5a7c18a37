"""What grading produces: one result per check, one per submission, one file per class.

These models are the contract of results.json; `docs/results.schema.json` is made from them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, Field

from autograder.kit.text import clean
from autograder.kit.verdict import Status

SCHEMA: Final = 2  # raise it with every change of meaning, and add a step to gradebook/migrate.py

# What a student wrote into it can be stored, printed and shown.
Text = Annotated[str, AfterValidator(clean)]


class CheckResult(BaseModel):
    """One check of one submission."""

    id: str
    question: str
    target: Text = Field(description="The function graded, as file:Qualified.name")
    summary: Text = Field("", description="What the check looks at, in one sentence")
    points: float
    max_points: float
    extra_credit: bool = Field(False, description="Whether the points come on top of max_score")
    status: Status
    message: Text = Field("", description="What happened, in Markdown; x is the student's value")
    hint: Text = Field("", description="What to look at, where the mistake is a known one")
    misconception: str = Field("", description="The known mistake's name, or empty")
    seconds: float = 0.0


class SubmissionResult(BaseModel):
    """All checks of one submission."""

    student: str
    score: float = Field(description="All points earned, extra credit included")
    max_score: float = Field(description="What can be earned without extra credit")
    seconds: float = Field(0.0, description="Processor time of the student's processes")
    fingerprint: str = Field("", description="Changes when the files, the seed or the grader do")
    source: Text = Field("", description="Name of the file or folder in the download")
    submitted: datetime | None = Field(None, description="When, as far as the download says it")
    notes: list[Text] = Field(default_factory=list, description="What was odd about the submission")
    remarks: list[Text] = Field(
        default_factory=list,
        description="For the instructor alone: contradictions, and what looks like a way around",
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

    version: Literal[2] = Field(SCHEMA, alias="schema")
    assignment: str
    seed: int = Field(description="Secret: whoever knows it knows the random inputs")
    confinement: list[str] = Field(description="The layers that held while student code ran")
    submissions: list[SubmissionResult]
