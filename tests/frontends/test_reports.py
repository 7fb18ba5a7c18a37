"""report, serve, export and diff as commands."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from autograder.course import find_assignment
from autograder.frontends.command_line import app
from autograder.gradebook.exports import FORMATS
from tests.gradebook.samples import ASSIGNMENT, check, failing, published, result


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(part) for part in arguments])


def output(made: Result, status: int = 0) -> str:
    assert made.exit_code == status, made.output
    assert "Traceback" not in made.output
    return " ".join(made.output.split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return published(
        tmp_path / "results", result("ann"), result("bob", failing(hint="Divide by n."))
    )


def test_report_counts_points_by_hand_and_policies(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text('[manual."1.3"]\nmax_points = 2\n')
    (tmp_path / "manual.csv").write_text("student,question,points\nbob,1.3,2\nzoe,1.3,1\n")
    said = output(run("report", folder, "--policy", tmp_path / "course.toml",
                      "--manual", tmp_path / "manual.csv"))  # fmt: skip
    assert "there is no student zoe" in said and "report.html" in said
    assert "<strong>2</strong> of 3 points" in (folder / "feedback" / "bob.html").read_text()


def test_report_finds_copies_among_the_sources(tmp_path: Path) -> None:
    folder = published(tmp_path / "results", *(result(name) for name in ("ann", "bob", "cleo")))
    reference = (find_assignment(ASSIGNMENT).reference / "vit_solution.py").read_text()
    copy = re.sub(r"#.*", "# mine", re.sub(r"\b(queries|weights|hidden)\b", r"my_\1", reference))
    for name, text in {"ann": reference, "bob": copy, "cleo": "import torch\n" * 50}.items():
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "vit_solution.py").write_text(text)
    output(run("report", folder, "--sources", tmp_path / "class"))
    (page,) = (folder / "similar").glob("*.html")
    assert page.name == "ann--bob.html" and "my_queries" in page.read_text()
    assert f'href="similar/{page.name}"' in (folder / "report.html").read_text()


@pytest.mark.parametrize("name", FORMATS)
def test_export_writes_every_format(folder: Path, tmp_path: Path, name: str) -> None:
    said = output(run("export", folder, "--format", name, "-o", tmp_path / "made"))
    assert "2 students" in said and (tmp_path / "made").stat().st_size > 30


def test_an_unknown_format_lists_those_there_are(folder: Path) -> None:
    said = output(run("export", folder, "--format", "excel"), status=2)
    assert "no format excel" in said and all(name in said for name in FORMATS)


def test_diff_says_who_lost_and_why(folder: Path, tmp_path: Path) -> None:
    new = published(
        tmp_path / "new", result("ann", failing(hint="Look.")), result("bob", failing())
    )
    said = output(run("diff", folder, new))
    assert "ann: \u22121 in 2.1 2.1.values (1 \u2192 0): passed \u2192 failed" in said
    assert "ann lost 1" in said and "1 student has the same points in every check" in said


def test_results_of_two_assignments_are_not_compared(folder: Path, tmp_path: Path) -> None:
    new = published(tmp_path / "new", result("ann"))
    text = (new / "results.json").read_text()
    (new / "results.json").write_text(text.replace(ASSIGNMENT, "a4_vit_from_scratch"))
    assert "holds results of" in output(run("diff", folder, new), status=2)


def test_serve_needs_a_report(tmp_path: Path) -> None:
    assert "Make it: autograder report" in output(run("serve", tmp_path), status=2)


def test_serve_shows_the_report_until_it_is_stopped(folder: Path) -> None:
    command = [sys.executable, "-u", "-m", "autograder", "serve", str(folder), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[0]
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert b"Class report" in answer.read()
        server.send_signal(2)
        assert server.wait(10) == 0


def test_extra_credit_stands_beside_the_maximum(tmp_path: Path) -> None:
    one = result("ann", check("1"), check("2", points=2, max_points=2, extra_credit=True))
    folder = published(tmp_path, one)
    run("export", folder, "--format", "canvas", "-o", tmp_path / "made.csv")
    assert (tmp_path / "made.csv").read_text().splitlines()[1:] == [
        "Points Possible,,,,,1",
        "ann,,ann,ann,,3",
    ]
