"""Reads the pages in docs/ as programs: the files they show and the commands they give."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.course import ROOT

BIN = Path(sys.executable).parent
_FENCE = re.compile(
    r'^```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.M | re.S
)
_UNWANTED = shutil.ignore_patterns("__pycache__", "sample-*", ".sample-*", "held_out", "logs")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, the file it shows if any, and its text."""

    language: str
    title: str
    text: str


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    found = _FENCE.finditer(page.read_text("utf-8"))
    return [Block(one["language"], one["title"] or "", one["text"]) for one in found]


def copy_course(folder: Path, *names: str) -> Path:
    """A course root with these files and folders of the repository in it."""
    for name in names:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=_UNWANTED, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
    return folder


def shell(course: Path, command: str, **further: str) -> subprocess.CompletedProcess[str]:
    """Run a command as at the root of that course, with the environment active."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        "PYTHONPATH": str(course),
        "COLUMNS": "120",
        "JUPYTER_PREFER_ENV_PATH": "1",
        **further,
    }
    for name in ("COURSE_DATA", "COURSE_SEED_FILE"):
        environment.pop(name, None) if name not in further else None
    return subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", command],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=590,
    )
