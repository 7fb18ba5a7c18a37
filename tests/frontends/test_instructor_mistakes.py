"""An instructor's mistakes get the same care: what happened, where, what to do. No traces."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from autograder.course import assignment_names, find_assignment
from autograder.frontends.command_line import app

A2 = "a2_lstm_and_vit"
REFERENCE = find_assignment(A2).reference


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(part) for part in arguments])


def said(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


@pytest.mark.parametrize("command", ["grade", "release", "gradescope"])
def test_an_unknown_assignment_lists_those_there_are(command: str, tmp_path: Path) -> None:
    extra: dict[str, list[str | Path]] = {
        "grade": [REFERENCE, "--out", tmp_path],
        "gradescope": ["-o", tmp_path / "a.zip"],
    }
    content = said(run(command, "a9_unknown", *extra.get(command, [])))
    assert "no assignment `a9_unknown`" in content
    assert all(name in content for name in assignment_names())


def test_an_output_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    content = said(run("grade", A2, REFERENCE, "--out", tmp_path / "file" / "out"))
    assert "cannot be written" in content and "--out" in content


def test_no_submissions_found(tmp_path: Path) -> None:
    content = said(run("grade", A2, tmp_path, "--out", tmp_path / "out"))
    assert "No submissions were found" in content
    assert "a folder or archive for each student" in content and "vit_solution.py" in content


def test_submissions_that_do_not_exist(tmp_path: Path) -> None:
    content = said(run("grade", A2, tmp_path / "nowhere", "--out", tmp_path / "out"))
    assert "does not exist" in content


def test_a_report_on_a_folder_without_results(tmp_path: Path) -> None:
    assert "Grade first: autograder grade" in said(run("report", tmp_path))


def test_a_zip_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    content = said(run("gradescope", A2, "-o", tmp_path / "file" / "a2.zip"))
    assert "cannot be written" in content


def test_help_is_shown_when_nothing_is_asked() -> None:
    assert "grade" in run().output and "gradescope" in run().output
