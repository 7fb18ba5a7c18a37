"""docs/check-author.md is followed to the letter: a fifth assignment, by every way in."""

from __future__ import annotations

import csv
import inspect
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from autograder.course import ROOT
from autograder.kit import checks as vocabulary
from autograder.kit.check import Question, question
from autograder.kit.draw import Draw
from autograder.kit.growth import Growth
from tests.docs.pages import blocks, copy_course, shell

pytestmark = pytest.mark.slow  # minutes; one of its fixtures does not run through yet

PAGE = ROOT / "docs" / "check-author.md"
A5 = "a5_pooling"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course, its other assignments left out for speed, with the page's files."""
    folder = copy_course(
        tmp_path_factory.mktemp("course"), "autograder", "nbgrader_config.py", "pyproject.toml",
        "README.md", "tests/__init__.py", "tests/conftest.py", "tests/modules.py",
        "tests/try_check.py", "tests/submissions/__init__.py", "tests/submissions/build.py",
        "tests/assignments", "tests/grading", "tests/release",
    )  # fmt: skip
    for other in (folder / "autograder" / "assignments").glob("a[1-4]_*"):
        shutil.rmtree(other)
    for block in blocks(PAGE):
        if block.title == "README.md":
            add_row(folder / "README.md", block.text)
        elif block.title:
            path = folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
    return folder


def add_row(readme: Path, row: str) -> None:
    """Put a row at the end of the table of assignments."""
    lines = readme.read_text("utf-8").splitlines(keepends=True)
    last = max(n for n, line in enumerate(lines) if line.startswith("| `a"))
    readme.write_text("".join([*lines[: last + 1], row, *lines[last + 1 :]]), "utf-8")


@pytest.fixture(scope="module")
def followed(course: Path) -> Path:
    """The course after every command of the page, each of which has printed what the page says."""
    shown = [one for one in blocks(PAGE) if one.language in ("bash", "text")]
    assert len([one for one in shown if one.language == "bash"]) >= 6
    printed = ""
    for block in shown:
        if block.language == "bash":
            done = shell(course, block.text)
            printed = " ".join((done.stdout + done.stderr).split())
            expected = "pytest autograder" in block.text  # the trained model is missing
            assert (done.returncode == 0) != expected, (block.text, printed[-4000:])
        else:
            for line in block.text.splitlines():
                assert " ".join(line.split()) in printed, (line, printed[-4000:])
    return course


def scores(folder: Path) -> tuple[float, float]:
    (only,) = json.loads((folder / "results.json").read_text())["submissions"]
    return only["score"], only["max_score"]


def test_the_command_line_gives_all_points_but_those_of_the_missing_model(followed: Path) -> None:
    assert scores(followed / "build" / "a5") == (4.0, 4.0)  # 3 of 4, and 1 of extra credit


def test_the_released_folder_is_blank_and_its_self_check_gives_the_points_of_the_answers(
    followed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / A5
    shutil.copytree(followed / "assignments" / A5, folder)
    assert "raise NotImplementedError" in (folder / "pooling_solution_template.py").read_text()
    for path in (followed / "solutions" / A5).glob("*.py"):
        shutil.copy(path, folder)
    printed = shell(folder, "python -m selfcheck").stdout
    assert "1.3   ██████████ 1 of 1, extra credit" in printed
    assert "Points so far: 4 of 4" in printed


def test_pytest_shows_the_same_points(followed: Path) -> None:
    done = shell(followed, f"pytest autograder --assignment {A5} --submission solutions/{A5}")
    assert "1 failed, 4 passed" in done.stdout
    assert "Score: 4 of 4 points" in done.stdout


def test_nbgrader_gives_the_same_points(followed: Path) -> None:
    assert shell(followed, "nbgrader export").returncode == 0
    with (followed / "grades.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["student_id"], float(row["score"])) == ("ada", 4.0)


def test_gradescope_grades_it_and_measures_a_trained_model(followed: Path, tmp_path: Path) -> None:
    """The zip in the folders Gradescope makes; the labels are those the model itself gives."""
    submission = tmp_path / "submission"
    shutil.copytree(followed / "solutions" / A5, submission)
    held_out(followed, submission / "classifier.safetensors")
    assert shell(followed, f"autograder gradescope {A5} -o build/with_images.zip").returncode == 0
    with zipfile.ZipFile(followed / "build" / "with_images.zip") as archive:
        archive.extractall(tmp_path / "source")
    (tmp_path / "venv").symlink_to(sys.prefix)
    done = shell(tmp_path / "source", f"AUTOGRADER_BASE={tmp_path} bash run_autograder")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    tests = {test["tags"][0]: test["score"] for test in results["tests"]}
    assert tests.pop("accuracy_top1") == 1
    assert set(tests.values()) == {1} and len(tests) == 4


def held_out(course: Path, checkpoint: Path) -> None:
    """A classifier, its checkpoint, and held-out images that it classifies without an error."""
    names: dict[str, Any] = {}
    exec((course / "solutions" / A5 / "pooling_solution.py").read_text("utf-8"), names)
    model = names["Classifier"]()
    save_file(model.state_dict(), checkpoint, metadata={"config": "{}"})
    pixels = torch.randint(0, 256, (50, 1, 28, 28), dtype=torch.uint8)
    with torch.no_grad():
        labels = model((pixels.float() / 255 - 0.2860) / 0.3530).argmax(dim=1)
    folder = course / "data" / "held_out"
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "fashion_mnist.npz", images=pixels.numpy(), labels=labels.numpy())


def test_points_that_differ_from_the_checks_are_reported_with_what_to_edit(
    followed: Path, tmp_path: Path
) -> None:
    edited = tmp_path / "course"
    shutil.copytree(followed, edited)
    checks = edited / "autograder" / "assignments" / A5 / "checks.py"
    checks.write_text(checks.read_text().replace("@norm.check(points=1)", "@norm.check(points=2)"))
    done = shell(edited, f"pytest tests/release/test_points.py -k {A5}")
    assert done.returncode == 1
    for place in ("handout.md, line 6", "main.ipynb, cell `q-1-2`", "README.md"):
        assert place in done.stdout, done.stdout[-3000:]


# --- typos --------------------------------------------------------------------------------------

MISTAKES = "misconceptions.py"
TYPOS = {
    "a word of the vocabulary in a check": ("checks.py", "draw.normal(*draw", "draw.norml(*draw"),
    "a name at the top of a check file": ("checks.py", 'question("1.1"', 'queston("1.1"'),
    "an option of a check": ("checks.py", "@norm.check(points=1)", "@norm.check(pionts=1)"),
    "the function a question grades": ("checks.py", ":running_mean", ":runing_mean"),
    "the file a question grades": ("checks.py", '"pooling_solution:r', '"poling_solution:r'),
    "brackets left out": ("checks.py", "@norm.check(points=1)", "@norm.check"),
    "the syntax of a check file": ("checks.py", "mean_values(", "mean_values"),
    "a name a stand-in replaces": ("stand_ins.py", '"running_mean"', '"runing_mean"'),
    "a name in a stand-in": ("stand_ins.py", "torch.tanh", "torch.tanhh"),
    "a name imported by a stand-in": ("stand_ins.py", "import Draw, S", "import Drow, S"),
    "the function a misconception is of": (MISTAKES, ":CentredNorm.f", ":CenteredNorm.f"),
    "the part a misconception changes": (MISTAKES, "reference.CentredN", "reference.N"),
    "a name at the top of a misconception file": (MISTAKES, 'hint="A w', 'hnt="A w'),
    "a name in the assignment": ("__init__.py", 'Part("pooling', 'Prt("pooling'),
}  # fmt: skip


QUICK = {  # one of each kind; each takes a release
    "a name at the top of a check file",
    "a name in a stand-in",
    "the part a misconception changes",
    "brackets left out",
}


@pytest.mark.parametrize(
    "typo",
    [pytest.param(one, marks=[] if one in QUICK else [pytest.mark.slow]) for one in TYPOS],
)
def test_a_typo_is_reported_with_file_and_line(typo: str, course: Path, tmp_path: Path) -> None:
    file, right, wrong = TYPOS[typo]
    edited = tmp_path / "course"
    shutil.copytree(course, edited)
    path = edited / "autograder" / "assignments" / A5 / file
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    done = shell(edited, f"autograder release {A5}")  # runs all modes and all known mistakes
    said = " ".join(done.stderr.split())
    assert done.returncode == 2, done.stdout + said
    assert "Traceback" not in said
    assert re.search(rf"{A5}/\w+\.py:\d+", said), said


# --- the page says all there is -----------------------------------------------------------------


def table_words(text: str) -> set[str]:
    """Every word the page sets in code."""
    return set(re.findall(r"[A-Za-z_]\w*", " ".join(re.findall(r"`[^`\n]+`", text))))


def test_the_page_names_every_word_of_the_vocabulary_and_every_option() -> None:
    written = table_words(PAGE.read_text("utf-8"))
    options = {name for one in (question, Question.check) for name in signature(one)}
    drawing = {name for name in dir(Draw) if not name.startswith("_")}
    limits = {name for name in vars(Growth(1)) if not name.startswith("_")}
    missing = ({*vocabulary.__all__} | options | drawing | limits) - written
    assert not missing, f"docs/check-author.md says nothing of: {', '.join(sorted(missing))}"


def signature(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]
