"""What a student gets of lab: a package with the needed modules, and the packages it imports."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from lab import missing_packages

import pytest

from autograder.course import ROOT, assignment_names, find_assignment
from autograder.release.build import rename_parts
from autograder.release.strip import strip_solutions
from autograder.release.student_code import copy_lab, imports, lab_modules

A2 = "a2_lstm_and_vit"
MOST_ENTRIES = 12


@pytest.fixture(params=assignment_names())
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The code, texts and lab of an assignment as they are released, away from the repository."""
    return release(request.param, tmp_path / request.param)


def release(name: str, target: Path) -> Path:
    assignment = find_assignment(name)
    parts = {part.name for part in assignment.parts if not part.is_notebook}
    target.mkdir()
    for source in assignment.reference.glob("*.*"):
        text = source.read_text("utf-8")
        if source.suffix == ".py":
            text = strip_solutions(text)
        renamed = f"{source.stem}_template.py" if source.stem in parts else source.name
        (target / renamed).write_text(rename_parts(text, parts), "utf-8")
    copy_lab(assignment.reference, target)
    return target


def third_party(folder: Path) -> set[str]:
    """The distributions whose packages the code in a folder imports."""
    tops = {
        name.partition(".")[0]
        for path in folder.rglob("*")
        if path.suffix in (".py", ".ipynb")
        for name in imports(path)
    }
    ours = {path.stem for path in folder.glob("*.py")} | {"lab", "selfcheck"}
    of_colab = {"google"}  # imported there only
    found = tops - ours - of_colab - sys.stdlib_module_names
    of_jupyter = {"IPython"}  # comes with it; the notebook needs it in any case
    known = packages_distributions()
    return {known[name][0].lower() for name in found - of_jupyter} | {"jupyter"}


def test_requirements_are_what_the_code_imports(folder: Path) -> None:
    lines = (folder / "requirements.txt").read_text("utf-8").split()
    assert lines == sorted(lines) and all(">=" in line for line in lines)
    assert {line.partition(">=")[0] for line in lines} == third_party(folder)


def test_a_folder_has_few_entries(folder: Path) -> None:
    entries = {path.name for path in folder.iterdir()} | {"figures", "selfcheck"}
    assert len(entries) <= MOST_ENTRIES, sorted(entries)


def test_lab_is_complete_and_has_no_module_too_many(folder: Path) -> None:
    there = {path.stem for path in (folder / "lab").iterdir()}
    used = {
        name.split(".")[1]
        for path in folder.rglob("*.py")
        for name in imports(path)
        if name.startswith("lab.")
    }
    assert used - {"missing_packages"} <= there
    command = [
        "-c",
        f"import importlib; [importlib.import_module('lab.' + n) for n in {sorted(there)}]",
    ]
    done = python(folder, *command)
    assert done.returncode == 0, done.stderr


def test_only_the_modules_of_an_assignment_are_in_it() -> None:
    modules = {name: lab_modules(find_assignment(name).reference) for name in assignment_names()}
    assert all({"__init__", "training", "report", "submission"} <= m for m in modules.values())
    assert [name for name, m in modules.items() if "attention_maps" in m] == [A2]
    assert [name[:2] for name, m in modules.items() if "features" in m] == ["a3"]
    assert [name[:2] for name, m in modules.items() if "text" in m] == ["a2", "a3"]


def test_nobody_touches_sys_path() -> None:
    for folder in ("lab", "solutions", "data"):
        for path in [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.ipynb")]:
            assert "sys.path" not in path.read_text("utf-8"), path


# --- missing packages -----------------------------------------------------------------------------


def test_packages_are_missing_or_too_old() -> None:
    assert missing_packages("numpy>=1.2\ntorch>=2.9\njupyter>=9999\n") == []
    assert missing_packages("numpy>=999.0\nno-such-package>=1.0\n") == [
        "numpy>=999.0",
        "no-such-package>=1.0",
    ]


@pytest.mark.parametrize("words", [["run_exp_vit.py", "--smoke"], ["-m", "lab.report", "logs"]])
def test_a_missing_package_is_a_sentence(words: list[str], tmp_path: Path) -> None:
    folder = release(A2, tmp_path / A2)
    with (folder / "requirements.txt").open("a") as file:
        file.write("no-such-package>=1.0\n")
    done = python(folder, *words)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "lacks no-such-package>=1.0: pip install -r " in done.stderr


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True,
                          env=environment, timeout=120)  # fmt: skip
