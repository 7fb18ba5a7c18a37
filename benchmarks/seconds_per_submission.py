"""Seconds per submission: this grader warm, the same checks in a fresh process, torch's import.

    .venv/bin/python benchmarks/seconds_per_submission.py [--rounds 5]

Prints processor seconds and wall seconds of the three, measured alternately in one run, and the
ratios between them. Single figures depend on the machine and on what else it does; ratios of
one run do not.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from autograder.course import find_assignment
from autograder.grading.grader import Grader
from autograder.grading.result import SubmissionResult
from autograder.grading.settings import Settings
from autograder.intake.submission import read_submission
from autograder.kit.source import python_file
from tests.submissions.build import build_class

ASSIGNMENT = "a2_lstm_and_vit"


def fresh_process(folder: Path) -> None:
    """The least a grader without a warm process must do: import torch, run the probes on the
    submission and on the reference in one process, without confinement."""
    from autograder.kit.check import load_checks
    from autograder.kit.modules import SourceFinder, load
    from autograder.kit.run import observe_run

    checks = load_checks(ASSIGNMENT)
    for home in (folder, find_assignment(ASSIGNMENT).reference):
        files = {
            path.stem: python_file(path.stem, path.read_text("utf-8"))
            for path in sorted(home.glob("*.py"))
        }
        sys.meta_path.insert(0, SourceFinder(files))
        for name in files:
            sys.modules.pop(name, None)
        for check in checks.values():
            info = check.info()
            if not info.accuracy:
                observe_run(check, info.modes[0], load(info.file), 0, files)


def measured(action: Callable[[], object]) -> tuple[float, float]:
    """Processor and wall seconds of an action that runs other processes and waits for them."""
    before, started = _children(), time.perf_counter()
    action()
    return _children() - before, time.perf_counter() - started


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(rounds: int) -> None:
    """Measure alternately, print a table."""
    settings, assignment = Settings(ASSIGNMENT, 0), find_assignment(ASSIGNMENT)
    figures: dict[str, list[tuple[float, float]]] = {"warm": [], "fresh": [], "import": []}
    with tempfile.TemporaryDirectory() as folder, Grader.open(settings) as grader:
        students = [
            p for p in build_class(ASSIGNMENT, Path(folder)) if p.name.startswith("correct_")
        ]
        first = grader.grade(
            read_submission(students[0], assignment, grader.sandbox)
        )  # asks the reference, once
        for turn in range(rounds):
            student = students[turn % len(students)]
            own, started = time.process_time(), time.perf_counter()
            result: SubmissionResult = grader.grade(
                read_submission(student, assignment, grader.sandbox)
            )
            wall = time.perf_counter() - started
            assert result.score == first.max_score, (student, result.score)
            figures["warm"].append((result.seconds + time.process_time() - own, wall))
            command = [sys.executable, __file__, "--fresh", str(student)]
            figures["fresh"].append(measured(lambda c=command: subprocess.run(c, check=True)))
            imported = [sys.executable, "-c", "import torch"]
            figures["import"].append(measured(lambda c=imported: subprocess.run(c, check=True)))
    names = {
        "warm": "this grader, warm",
        "fresh": "same checks, fresh process",
        "import": "import torch alone",
    }
    print(f"{'median of ' + str(rounds):28}{'CPU s':>8}{'wall s':>8}{'CPU / warm':>12}")
    middle = {
        key: [statistics.median(c) for c in zip(*v, strict=True)] for key, v in figures.items()
    }
    for key, (cpu, wall) in middle.items():
        print(f"{names[key]:28}{cpu:8.2f}{wall:8.2f}{cpu / middle['warm'][0]:12.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (5)")
    parser.add_argument("--fresh", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.fresh:
        fresh_process(arguments.fresh)
    else:
        main(arguments.rounds)
