"""What the training scripts of this course share: data, training loop, logs, reports.

    training.py     the loop: read this one first
    settings.py     the options of a run, and its optimizer
    machine.py      device, precision, random numbers, memory
    logs.py         the files of a run
    runner.py       the command line of the run_*.py scripts

In a student's folder, importing this package first checks that everything in requirements.txt is
installed.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"


def missing_packages(requirements: str) -> list[str]:
    """The lines of a requirements.txt that this Python's packages do not fulfil."""
    lines = [line.strip() for line in requirements.splitlines()]
    return [line for line in lines if line and not _is_installed(line)]


def _is_installed(line: str) -> bool:
    name, _, least = line.partition(">=")
    if name == "jupyter":  # shows the notebook; the code works without, and Colab does not have it
        return True
    try:
        found = version(name)
    except PackageNotFoundError:
        return False
    here, needed = ([int(n) for n in re.findall(r"\d+", text)[:2]] for text in (found, least))
    return here >= needed


if _REQUIREMENTS.exists() and (_missing := missing_packages(_REQUIREMENTS.read_text("utf-8"))):
    sys.exit(f"{sys.executable} lacks {', '.join(_missing)}: pip install -r {_REQUIREMENTS}")
