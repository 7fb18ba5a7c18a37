"""The seed of a course: random, made on first use, and known to nobody who submits.

Checks and draws are public, so whoever knows the seed can tabulate the answers at home.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from autograder.course import ROOT, CourseError

_BITS = 63


def course_seed() -> int:
    """The seed in the file `.course_seed` (or the one that COURSE_SEED_FILE names)."""
    path = Path(os.environ.get("COURSE_SEED_FILE") or ROOT / ".course_seed")
    try:
        return _read(path)
    except FileNotFoundError:
        return _make(path)


def new_seed() -> int:
    """A seed that nobody knows."""
    return secrets.randbits(_BITS)


def _read(path: Path) -> int:
    text = path.read_text("utf-8").strip()
    if not text.isdigit() or int(text) >> _BITS:
        raise CourseError(
            f"{path} does not hold a seed (one whole number). Delete it, and the next command "
            "makes a new one; --seed N uses another for one run."
        )
    return int(text)


def _make(path: Path) -> int:
    """Write a new seed; of two commands that start at once, the first one's counts."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise CourseError(
            f"The seed of the course cannot be kept in {path} ({error.strerror}). Make the folder "
            "writable, name another file in COURSE_SEED_FILE, or give --seed N."
        ) from None
    seed = new_seed()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{seed}\n")
    return seed
