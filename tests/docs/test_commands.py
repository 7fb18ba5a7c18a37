"""Every command on a page is run, on a copy of the course and with small sizes.

A command that this file does not know fails the test: add a line that says how it is run.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.course import ROOT
from tests.docs.pages import BIN, blocks, copy_course, shell
from tests.submissions.build import build_class

A2 = "a2_lstm_and_vit"
# docs/check-author.md is run by test_check_author.py; results.md lists runs of hours on real data.
ELSEWHERE = {"check-author.md", "results.md"}
PAGES = [
    path
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
    if path.name not in ELSEWHERE
]
# `make setup` would install 5 GB: the stamp says that the environment is there.
MAKE = f"touch stamp && make BIN={BIN} STAMP=stamp WHOLE=yes"


@dataclass(frozen=True)
class Run:
    """How a command of a page is run: as what, what it must print or write, and whether quickly."""

    command: str
    prints: str = ""
    writes: str = ""
    slow: bool = False
    works: bool = True


RUNS = {
    "make grade": Run(f"{MAKE} grade", writes="build/results/results.json", slow=True),
    "make test": Run(f"{MAKE} test ARGS=tests/kit/test_rules.py", "passed"),
    "make lint": Run(f"{MAKE} lint", "Contracts:", slow=True),
    "make release": Run(
        f"{MAKE} release", "files in", "assignments/a4_vit_from_scratch", slow=True
    ),
    "make docs": Run(f"{MAKE} docs", writes="build/site/index.html", slow=True),
    ".venv/bin/python benchmarks/seconds_per_submission.py": Run(
        "python benchmarks/seconds_per_submission.py --rounds 1", "this grader, warm", slow=True
    ),
    ".venv/bin/python benchmarks/nbgrader_twenty_notebooks.py": Run(
        "python benchmarks/nbgrader_twenty_notebooks.py --notebooks 1", "times less", slow=True
    ),
    f".venv/bin/autograder grade {A2} SUBMISSIONS --out DIR": Run(
        f"autograder grade {A2} class --out out --jobs 1", "Score", "out/results.json"
    ),
    f".venv/bin/autograder inspect {A2} SUBMISSIONS": Run(
        f"autograder inspect {A2} class --jobs 1", "2 submissions"
    ),
    ".venv/bin/autograder serve DIR": Run(
        "timeout -s INT 8 autograder serve out --no-browser || test $? = 124", "http://127.0.0.1:"
    ),
    ".venv/bin/autograder diff OLD DIR": Run("autograder diff out out", "same points"),
    ".venv/bin/autograder export DIR --format canvas": Run(
        "autograder export out --format canvas", "2 students", "out/canvas.csv"
    ),
    "python -m venv .venv": Run("python -m venv --without-pip fresh", writes="fresh/bin/python"),
    ".venv/bin/python -m pip install -r requirements.txt": Run(
        "python -m pip install --dry-run --no-deps --quiet -r assignments/a4_vit_from_scratch/"
        "requirements.txt",
        slow=True,
    ),
    "python -m lab.submission": Run("cd assignments/a2_lstm_and_vit && python -m lab.submission"),
    "make attacks": Run(f"{MAKE} attacks ARGS=survival", "survival", slow=True),
    "make fairness": Run(f"{MAKE} fairness ARGS='{A2} --every 40'", "mutants", slow=True),
    ".venv/bin/autograder report DIR": Run("autograder report out", "report", "out/report.html"),
    f".venv/bin/pytest autograder --assignment {A2} --submission PATH": Run(
        f"pytest autograder --assignment {A2} --submission class/correct_einsum",
        "Score: 37 of 37 points",
    ),
    ".venv/bin/autograder list": Run("autograder list", A2),
    ".venv/bin/autograder --version": Run("autograder --version", "0."),
    f".venv/bin/autograder gradescope {A2} -o a2.zip": Run(
        f"autograder gradescope {A2} -o a2.zip", "Upload it", "a2.zip"
    ),
    ".venv/bin/python data/make_held_out.py cifar10": Run(
        "python -m lab.samples && python data/make_held_out.py cifar10 "
        "--from data/sample-2 --count 10",
        writes="data/held_out/cifar10.npz",
    ),
    ".venv/bin/python data/make_held_out.py fashion_mnist": Run(
        "python -m lab.samples && python data/make_held_out.py fashion_mnist "
        "--from data/sample-2 --count 10",
        writes="data/held_out/fashion_mnist.npz",
    ),
    "source .venv/bin/activate": Run(
        f"source {BIN}/activate && command -v autograder", "autograder"
    ),
    "nbgrader generate_assignment a1_sequence_modeling --force": Run(
        "nbgrader generate_assignment a1_sequence_modeling --force",
        writes="assignments/a1_sequence_modeling/main.ipynb",
    ),
    "nbgrader release_assignment a1_sequence_modeling": Run(
        "mkdir -m 777 exchange && nbgrader release_assignment a1_sequence_modeling "
        "--Exchange.root=$PWD/exchange",
        writes="exchange/sequence_models/outbound/a1_sequence_modeling/main.ipynb",
    ),
    "nbgrader collect a1_sequence_modeling": Run(
        "install -d -m 733 exchange/sequence_models/inbound && "
        "nbgrader collect a1_sequence_modeling --Exchange.root=$PWD/exchange",
    ),
    "nbgrader zip_collect a1_sequence_modeling": Run(
        "mkdir -p downloaded/a1_sequence_modeling/archive && cd solutions/a1_sequence_modeling && "
        "python -m zipfile -c ../../downloaded/a1_sequence_modeling/archive/ada.zip main.ipynb "
        "gru_solution.py && cd ../.. && nbgrader zip_collect a1_sequence_modeling",
        writes="submitted/ada/a1_sequence_modeling/main.ipynb",
    ),
    "nbgrader autograde a1_sequence_modeling": Run(
        "nbgrader autograde a1_sequence_modeling",
        writes="autograded/ada/a1_sequence_modeling/main.ipynb",
    ),
    "nbgrader generate_feedback a1_sequence_modeling": Run(
        "nbgrader generate_feedback a1_sequence_modeling",
        writes="feedback/ada/a1_sequence_modeling/main.html",
    ),
    "nbgrader export": Run("nbgrader export", writes="grades.csv"),
    "jupyter notebook": Run("jupyter notebook --version"),
    "python -m selfcheck 2.1": Run(
        f"cd assignments/{A2} && python -m selfcheck 2.1 || test $? = 1", "0 of 5"
    ),
    "python -m selfcheck": Run(
        f"cd assignments/{A2} && python -m selfcheck || test $? = 1", "of 37"
    ),
    "python -m tests.try_check a2_lstm_and_vit 2.1": Run(
        "python -m tests.try_check a4_vit_from_scratch 1.1", "reference"
    ),
}
_WORDS = (
    "make ",
    ".venv/bin/",
    "autograder ",
    "nbgrader ",
    "pytest ",
    "python ",
    "jupyter ",
    "source ",
)


def commands(page: Path) -> list[str]:
    """The commands of a page: in fenced blocks, in indented blocks and inside sentences."""
    found = [
        line.partition("  #")[0].strip()
        for block in blocks(page)
        if block.language in ("bash", "console", "sh")
        for line in block.text.splitlines()
    ]
    text = page.read_text("utf-8")
    outside = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.M | re.S)
    found += [
        line.partition("   ")[0].strip() for line in re.findall(r"^ {4,}(\S.*)$", outside, re.M)
    ]
    found += re.findall(r"`([^`\n]+)`", outside)
    # a fence inside a list is indented
    for block in re.findall(r"^ +```bash\n(.*?)^ +```$", text, re.M | re.S):
        found += [line.strip() for line in block.splitlines()]
    return [line for line in dict.fromkeys(found) if line.startswith(_WORDS)]


ASKED = {command: page.name for page in reversed(PAGES) for command in commands(page)}


def test_the_pages_give_no_command_that_is_not_run_here() -> None:
    unknown = [f"{page}: `{command}`" for command, page in ASKED.items() if command not in RUNS]
    assert not unknown, (
        "These commands are on a page, and no test runs them; add them to RUNS in "
        "tests/docs/test_commands.py:\n" + "\n".join(unknown)
    )


def test_no_command_is_run_that_no_page_gives() -> None:
    unused = [command for command in RUNS if command not in ASKED]
    assert not unused, f"remove from RUNS in tests/docs/test_commands.py: {unused}"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, and a class of two."""
    names = [
        "autograder", "solutions", "assignments", "lab", "data", "benchmarks", "tests", "docs",
        "nbgrader_config.py", "pyproject.toml", "requirements.lock", "Makefile", "mkdocs.yml",
    ]  # fmt: skip
    names += [path.name for path in ROOT.glob("*.md")]
    folder = copy_course(tmp_path_factory.mktemp("course"), *names)
    built = build_class(A2, tmp_path_factory.mktemp("built"))
    for path in built:
        if path.name in ("correct_einsum", "blank_template"):
            shutil.copytree(path, folder / "class" / path.name)
    return folder


@pytest.mark.parametrize(
    "command",
    [pytest.param(one, marks=[pytest.mark.slow] if run.slow else []) for one, run in RUNS.items()],
)
def test_a_command_works(command: str, course: Path) -> None:
    run = RUNS[command]
    done = shell(course, run.command)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    assert run.prints in said, said[-3000:]
    assert (course / run.writes).exists()
