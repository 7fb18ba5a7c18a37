"""Results as the grader writes them, for tests of what is made from them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from autograder.gradebook.store import Gradebook
from autograder.grading.result import CheckResult, ClassResults, Status, SubmissionResult

ASSIGNMENT = "a2_lstm_and_vit"
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=alert(1)> `</code>`` "
    "[x](javascript:alert(1)) ![i](http://evil.example/i.png) \x1b[31m\u202e </script><!--"
)


def check(
    question: str = "2.1",
    name: str = "values",
    points: float = 1.0,
    max_points: float = 1.0,
    status: Status = "passed",
    message: str = "",
    hint: str = "",
    misconception: str = "",
    extra_credit: bool = False,
) -> CheckResult:
    return CheckResult(
        id=f"{question}.{name}",
        question=question,
        target=f"vit_solution:A.f{question[-1]}",
        summary=f"The {name} of {question} are right.",
        points=points,
        max_points=max_points,
        status=status,
        message=message,
        hint=hint,
        misconception=misconception,
        extra_credit=extra_credit,
    )


def failing(question: str = "2.1", name: str = "values", **further: Any) -> CheckResult:
    return check(question, name, **{"points": 0.0, "status": "failed", **further})


def result(student: str, *checks: CheckResult, remarks: tuple[str, ...] = ()) -> SubmissionResult:
    return SubmissionResult.of(
        student, list(checks) or [check()], fingerprint="f", remarks=list(remarks)
    )


def a_class(*students: SubmissionResult) -> ClassResults:
    return ClassResults(
        assignment=ASSIGNMENT, seed=987654, confinement=["landlock"], submissions=list(students)
    )


def published(folder: Path, *students: SubmissionResult) -> Path:
    Gradebook(folder, ASSIGNMENT).publish(a_class(*students), "A title")
    return folder


def large_class(count: int) -> ClassResults:
    """Students of growing skill in eleven questions of four checks each."""
    draw = random.Random(1)
    students = []
    for number in range(count):
        skill = draw.random()
        checks = []
        for question in range(1, 12):
            for name in ("values", "gradients", "shapes", "edges"):
                right = draw.random() < skill
                checks.append(
                    check(
                        f"2.{question}",
                        name,
                        float(right),
                        1.0,
                        "passed" if right else "failed",
                        "" if right else "output: 5 of 9 elements differ\n- at [0]: x = 1, y = 2",
                        "" if right else "Divide by n, not by n - 1.",
                        "" if right else f"mistake_{question}_{draw.randrange(3)}",
                    )
                )
        remarks = ("Line 3 reaches into torch._C.",) if number % 50 == 0 else ()
        students.append(result(f"Student {number:04d}", *checks, remarks=remarks))
    return a_class(*students)
