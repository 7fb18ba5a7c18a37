"""The student's side where nothing is installed but what students are told to install.

Slow: it makes a virtual environment of its own. tests/selfcheck/test_in_a_notebook.py drives the
same folder in the default run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import ROOT, find_assignment

STUDENT_PACKAGES = ("torch", "numpy", "jupyter", "matplotlib", "torchvision", "safetensors")
A1, A2 = find_assignment("a1_sequence_modeling"), find_assignment("a2_lstm_and_vit")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment with the student packages, in the course's versions."""
    folder = tmp_path_factory.mktemp("student") / "venv"
    uv = str(Path(sys.executable).parent / "uv")
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(folder)], check=True)
    subprocess.run(
        [uv, "pip", "install", "-q", "--python", str(folder / "bin" / "python"),
         "--constraint", str(ROOT / "requirements.lock"), *STUDENT_PACKAGES],
        check=True,
    )  # fmt: skip
    return folder / "bin" / "python"


def selfcheck(python: Path, folder: Path, *questions: str) -> str:
    done = subprocess.run(
        [python, "-m", "selfcheck", *questions],
        cwd=folder, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_before_and_after(python: Path, tmp_path: Path) -> None:
    without = subprocess.run([python, "-c", "import autograder"], cwd=tmp_path, capture_output=True)
    assert without.returncode != 0, "the environment is not clean"

    a1 = shutil.copytree(A1.release, tmp_path / "a1")
    assert "Points for what was checked: 0 of 10" in selfcheck(python, a1)
    text = (A1.reference / "main.ipynb").read_text("utf-8")
    (a1 / "main.ipynb").write_text(text.replace("gru_solution", "gru_solution_template"), "utf-8")
    shutil.copy(A1.reference / "gru_solution.py", a1 / "gru_solution_template.py")
    assert "Points for what was checked: 9.5 of 10" in selfcheck(python, a1)

    a2 = shutil.copytree(A2.release, tmp_path / "a2")
    assert "Points for what was checked: 0 of 37" in selfcheck(python, a2)
    for part in A2.parts:
        shutil.copy(A2.reference / part.file_names[0], a2)
    assert "Points for what was checked: 37 of 37" in selfcheck(python, a2)
    assert "5 of 5" in selfcheck(python, a2, "2.1")
