"""Grades one submission on Gradescope and writes its results.json anew after every check.

python -m autograder.frontends.gradescope_run ASSIGNMENT /autograder
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from autograder.course import CourseError, find_assignment
from autograder.gradebook.pages import points
from autograder.gradebook.store import write_text
from autograder.grading.grader import Grader
from autograder.grading.result import CheckResult
from autograder.grading.seeds import course_seed
from autograder.grading.settings import Settings
from autograder.intake.submission import read_submission
from autograder.kit.text import prose
from autograder.kit.verdict import CheckInfo
from autograder.sandbox.client import SandboxError

# What is left of Gradescope's smallest container (768 MB) once torch is loaded; and processor
# seconds, of which half a core gives 300 in its ten minutes.
_MEMORY, _BUDGET = 512 << 20, 200.0


class GradescopeResults:
    """results.json in the making: complete and valid at every moment."""

    def __init__(self, path: Path, checks: list[CheckInfo]) -> None:
        self._path = path
        self._started = time.monotonic()
        self._notes: list[str] = []
        self._tests = {check.id: _pending(check) for check in checks}

    def say(self, text: str) -> None:
        """A remark above the checks."""
        self._notes.append(text)
        self.write()

    def add(self, result: CheckResult) -> None:
        """One more check is decided."""
        self._tests[result.id] |= {
            "score": result.points,
            "status": "passed" if result.status == "passed" else "failed",
            "output": _output(result),
        }
        self.write()

    def write(self) -> None:
        """Write the file as it now stands."""
        content: dict[str, Any] = {
            "execution_time": round(time.monotonic() - self._started),
            "output": "\n\n".join(self._notes),
            "output_format": "md",
            "test_output_format": "md",
            "test_name_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": list(self._tests.values()),
        }
        if not self._tests:
            content["score"] = 0.0
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self._path, json.dumps(content, indent=1))


def _pending(check: CheckInfo) -> dict[str, Any]:
    function = check.target.partition(":")[2]
    return {
        "score": 0.0,
        "max_score": 0.0 if check.extra_credit else check.points,
        "status": "failed",
        "name": f"{check.question} {function}: {check.summary}",
        "number": check.question,
        "output": "Not graded: grading was stopped before it came to this check.",
        "tags": [check.id],
        "visibility": "visible",
    }


def _output(result: CheckResult) -> str:
    parts = [result.message or "Right."]
    if result.hint:
        parts.append(f"**Look here:** {result.hint}")
    return "\n\n".join(parts)


def main(assignment: str, base: Path) -> int:
    """Grade base/submission; write base/results/results.json."""
    path = base / "results" / "results.json"
    if os.geteuid() == 0:
        (base / "source").chmod(0o700)  # student code runs as another user, where that can be
    settings = Settings(assignment, course_seed(), extra_memory=_MEMORY, budget=_BUDGET)
    try:
        with Grader.open(settings) as grader:
            submission = read_submission(
                base / "submission", find_assignment(assignment), grader.sandbox, "you"
            )
            results = GradescopeResults(path, grader.checks_of(submission))
            results.say("In the messages, x is your value and y the expected one.")
            for note in submission.notes:
                results.say(prose(note))
            graded = grader.grade(submission, results.add)
            print(f"{points(graded.score)} of {points(graded.max_score)} points")
    except (CourseError, SandboxError) as error:
        GradescopeResults(path, []).say(
            f"The autograder could not run; this is not your fault. Tell your instructor: {error}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
