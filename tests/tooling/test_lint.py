"""The code is typed, formatted, and keeps its rooms apart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["lint-imports"]],
    ids=lambda command: " ".join(command),
)
def test_the_whole_tree_passes(command: list[str]) -> None:
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_of_the_package_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "autograder").rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert not long


def test_what_the_fork_server_loads_does_not_reach_the_reference_or_the_mistakes() -> None:
    """The modules in memory after the fork server's imports, asked of Python itself."""
    program = (
        "import sys, autograder.sandbox.fork_server\n"
        "from autograder.course import assignment_names\n"
        "from autograder.kit.check import load_checks\n"
        "for name in assignment_names(): load_checks(name)\n"
        "print('\\n'.join(name for name in sys.modules if name.startswith('autograder')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "autograder.sandbox.child" in loaded
    forbidden = ("grading", "gradebook", "frontends", "release", "misconceptions")
    assert not [name for name in loaded if any(part in name for part in forbidden)]


def test_the_graders_own_process_does_not_import_torch() -> None:
    program = "import sys, autograder.frontends.command_line, autograder.frontends.gradescope_run\n"
    program += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
