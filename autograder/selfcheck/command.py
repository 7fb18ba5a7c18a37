"""`python -m selfcheck`: the self-check in a terminal."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from autograder.selfcheck.answers import FOLDER, stored_answers
from autograder.selfcheck.main import check_questions, unknown_questions
from autograder.selfcheck.report import QuestionReport, page, summary, text

_MEMORY = 8 << 30  # bytes of address space beyond what this process has


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what is asked for. 0: all right; 1: not yet; 2: there is no such question."""
    parser = argparse.ArgumentParser(
        "python -m selfcheck", description="Check your own work, as the grader does."
    )
    parser.add_argument("questions", nargs="*", help="for example 2.1; all when left out")
    parser.add_argument("--watch", action="store_true", help="check again whenever a file is saved")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page as well")
    asked = parser.parse_args(arguments)
    unknown = unknown_questions(tuple(asked.questions))
    if unknown:
        print(unknown)
        return 2
    if asked.watch:
        _watch(asked.questions)
        return 0
    _limit_memory()
    reports: list[QuestionReport] = []
    for report in check_questions(tuple(asked.questions)):
        print(text(report), flush=True)
        reports.append(report)
    print(summary(reports))
    if asked.html:
        asked.html.write_text(page(reports, stored_answers().assignment), "utf-8")
    return 0 if all(report.complete for report in reports) else 1


def _watch(questions: list[str]) -> None:
    """A fresh process for each check: nothing of an earlier version of a file is left over."""
    seen: dict[Path, float] = {}
    print("Checking again whenever a file is saved. Ctrl-C ends it.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            now = {path: path.stat().st_mtime for path in _watched()}
            if now != seen:
                seen = now
                subprocess.run([sys.executable, "-m", "selfcheck", *questions], cwd=FOLDER)
            time.sleep(0.5)


def _watched() -> list[Path]:
    return [*FOLDER.glob("*.py"), *FOLDER.glob("*.ipynb")]


def _limit_memory() -> None:
    """Too much memory raises MemoryError, where the system allows it, and does not freeze it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + _MEMORY
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
