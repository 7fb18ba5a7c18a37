"""`python -m selfcheck` in a terminal, with the released folder alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.course import ROOT

A2 = "a2_lstm_and_vit"
REFERENCE = ROOT / "solutions" / A2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a student has downloaded."""
    return Path(shutil.copytree(ROOT / "assignments" / A2, tmp_path / A2))


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "selfcheck", *arguments],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=120,
    )


def change(folder: Path, old: str, new: str) -> None:
    """The reference's LayerNorm with one change, as the student's file."""
    text = (REFERENCE / "vit_solution.py").read_text("utf-8")
    assert old in text
    (folder / "vit_solution.py").write_text(text.replace(old, new), "utf-8")


def test_it_exits_with_0_when_all_that_was_asked_for_is_right(folder: Path) -> None:
    shutil.copy(REFERENCE / "vit_solution.py", folder)
    done = run(folder, "2.1")
    assert done.returncode == 0, done.stderr
    assert "Points for what was checked: 5 of 5" in done.stdout


def test_it_exits_with_1_when_something_is_not_right_yet(folder: Path) -> None:
    done = run(folder, "2.1")
    assert (done.returncode, done.stderr) == (1, "")
    assert "Not done yet" in done.stdout and "0 of 5" in done.stdout


def test_a_question_that_does_not_exist_is_answered_with_those_that_do(folder: Path) -> None:
    done = run(folder, "9.9")
    assert (done.returncode, done.stderr) == (2, "")
    assert "There is no question 9.9. There are: 1.1" in done.stdout


def test_an_endless_loop_is_stopped_and_its_line_is_named(folder: Path) -> None:
    change(
        folder,
        "        mean = inputs.mean(dim=-1",
        "        while True: pass\n        mean = inputs.mean(dim=-1",
    )
    done = run(folder, "2.1", SELFCHECK_SECONDS="1")
    assert (done.returncode, done.stderr) == (1, "")
    assert "Stopped after 1 seconds" in done.stdout and "while True: pass" in done.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437"])
def test_it_prints_in_a_terminal_of_a_legacy_encoding(folder: Path, encoding: str) -> None:
    done = run(folder, "2.1", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (1, "")


def test_the_legend_stands_where_x_and_y_stand(folder: Path) -> None:
    change(folder, "mean = inputs.mean(dim=-1, keepdim=True)", "mean = inputs.mean(dim=0)")
    done = run(folder, "2.1")
    assert "x = " in done.stdout
    assert "x is your value, y is the expected one." in done.stdout


def test_the_page_shows_what_a_student_wrote_as_text(folder: Path) -> None:
    change(
        folder,
        "        mean = inputs.mean(dim=-1",
        "        raise OSError('<script>x</script>')\n        mean = inputs.mean(dim=-1",
    )
    assert run(folder, "2.1", "--html", "page.html").returncode == 1
    page = (folder / "page.html").read_text("utf-8")
    assert "&lt;script&gt;" in page and "<script" not in page
    assert "Content-Security-Policy" in page


def test_watch_checks_again_when_a_file_is_saved(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "selfcheck", "--watch", "2.1"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        lines = iter(watching.stdout.readline, "")
        assert any("0 of 5" in line for line in lines)
        time.sleep(1)
        shutil.copy(REFERENCE / "vit_solution.py", folder)
        assert any("5 of 5" in line for line in lines)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=30) == 0


def test_nbgrader_validate_does_not_pass_a_blank_notebook(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "assignments" / "a4_vit_from_scratch", tmp_path / "a4")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("nbgrader")), "validate", "main.ipynb"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "Success" not in done.stdout + done.stderr
    assert "Not all checks pass yet" in done.stdout + done.stderr
