"""Shows in a few seconds what a check does, while it is being written.

    python -m tests.try_check a2_lstm_and_vit layer_norm_values
    python -m tests.try_check a2_lstm_and_vit 2.1

Runs the reference, each known mistake of the graded function, and each correct submission in
tests/submissions/ through the checks with that name or of that question.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder.course import CourseError
from autograder.grading.attempts import ConfinedRunner
from autograder.grading.grader import Grader
from autograder.grading.oracle import Oracle
from autograder.grading.settings import Settings
from autograder.intake.submission import read_submission
from autograder.kit.compare import Difference
from autograder.kit.diagnose import diagnose
from autograder.kit.procedure import grade_checks
from autograder.kit.values import Run
from autograder.kit.verdict import Attempt, CheckInfo
from autograder.sandbox.client import SandboxError
from tests.submissions.build import HERE, build_class

_SEED = 0


def main(assignment: str, wanted: str) -> None:
    """Print what the chosen checks say of everything that is known."""
    with Grader.open(Settings(assignment, _SEED)) as grader:
        compared = [check for check in grader.checks if not check.accuracy]
        chosen = [check for check in compared if wanted in (check.id, check.question)]
        if not chosen:
            names = "\n".join(f"  {check.question:5} {check.id}" for check in compared)
            sys.exit(f"{assignment} has no check or question `{wanted}`. It has:\n{names}")
        oracle = Oracle(grader.sandbox, grader.assignment, _SEED)
        for check in chosen:
            print(f"{check.id}  {check.points:g} point{'s' * (check.points != 1)}  {check.target}")
            lines = [*_mistakes(oracle, compared, check), *_submissions(grader, oracle, check)]
            for name, said in [("reference", "passed"), *lines]:
                print(f"  {name:36} {said}")


def _mistakes(
    oracle: Oracle, compared: list[CheckInfo], check: CheckInfo
) -> Iterator[tuple[str, str]]:
    """Whether each known mistake of the function shows in this check, and is recognised."""
    oracle.right(Run(check.id, mode) for mode in check.modes)
    siblings = [one for one in compared if one.target == check.target]
    for mistake in oracle.mistakes:
        if mistake.target != check.target:
            continue
        tries: dict[str, list[Attempt]] = {one.id: [] for one in siblings}
        variants = [Run(one.id, mode, mistake.name) for one in siblings for mode in one.modes]
        for run, seen in oracle.mistaken(variants).items():
            tries[run.check].append(Attempt(run.mode, seen, difference=Difference("", "")))
        if not tries[check.id]:
            yield mistake.name, "does not show in this check"
            continue
        failed = [one for one in siblings if any(a.has_values for a in tries[one.id])]
        found = diagnose(failed, tries, oracle).get(check.id, [])
        names = [one.name for one in found]
        taken = f"taken for {names[0]}" if names else "not recognised"
        yield mistake.name, f"caught, {'and recognised' if names == [mistake.name] else taken}"


def _submissions(grader: Grader, oracle: Oracle, check: CheckInfo) -> Iterator[tuple[str, str]]:
    """What the check says of each correct submission."""
    if not (HERE / grader.assignment.name).is_dir():
        return
    with tempfile.TemporaryDirectory() as folder:
        students = build_class(grader.assignment.name, Path(folder))
        for path in (one for one in students if one.name.startswith("correct_")):
            submission = read_submission(path, grader.assignment, grader.sandbox)
            runner = ConfinedRunner(grader.sandbox, submission, _SEED, grader.settings.budget)
            (verdict,) = grade_checks([check], runner, oracle, grader.settings.cpu_seconds)
            yield path.name, f"{verdict.status} {verdict.misconception}".rstrip()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (CourseError, SandboxError) as error:
        sys.exit(f"Error: {error}")
