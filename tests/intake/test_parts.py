"""A part under another name is recognised and graded, with a note; of two, the one meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.course import CourseAssignment, find_assignment
from autograder.intake.names import clean, folded, recognise
from autograder.intake.submission import Submission, read_submission
from autograder.kit.source import all_pieces
from autograder.sandbox.client import Sandbox
from tests.intake.platforms import Files, of, write

TEMPLATE = find_assignment("a2_lstm_and_vit").release / "vit_solution_template.py"


def read(files: Files, folder: Path, a2: CourseAssignment, sandbox: Sandbox) -> Submission:
    return read_submission(write(files, folder), a2, sandbox)


@pytest.mark.parametrize("name", [
    "Vit_Solution.py", "vit solution.py", "vit_solution (1).py", "vit_solution-1.py",
    "vit_solution_2.py", "hw2_vit_solution.py", "HW2-vit-solution (3).py", "VitSolution.py",
    "vit.solution.py", "Copy of vit_solution.py", "vit_solution - Copy.py", "vit_solution.PY",
    "vit_solution_anna_final.py", "submission/vit_solution.py", "smith_123_456_vit_solution-2.py",
])  # fmt: skip
def test_it_is_recognised_and_graded(
    name: str, tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    source, other = of("anna")["vit_solution.py"], of("anna")["lstm_solution.py"]
    found = read({name: source, "lstm_solution.py": other}, tmp_path, a2, sandbox)
    assert found.problems == {}
    assert source.decode() in found.sources[found.modules["vit_solution"]].values()
    facts = found.parts["vit_solution"]
    assert (facts.state, facts.file) == ("found", name)
    assert facts.misnamed == ("/" not in name)
    assert any(f"{name} was taken for vit_solution.py" in note for note in found.notes) == (
        facts.misnamed
    )


@pytest.mark.parametrize("name", ["vit_soluton.py", "solution.py", "fashion_vit_solution.py",
                                  "vit_solution.txt"])  # fmt: skip
def test_what_is_another_file_is_not_taken_for_it(
    name: str, tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    found = read({name: b"A = 1\n", **of("anna", ("lstm_solution.py",))}, tmp_path, a2, sandbox)
    assert found.problems["vit_solution"].status == "missing"
    assert found.parts["vit_solution"].state == "missing"


def chosen(found: Submission) -> str:
    """The file that was graded."""
    return found.parts["vit_solution"].file


def test_of_two_the_newer_one_is_graded_with_a_note(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    write({"vit_solution.py": b"A = 1\n", "vit_solution (1).py": b"B = 1\n"}, tmp_path)
    os.utime(tmp_path / "vit_solution (1).py", (1_700_000_000, 1_700_000_000))
    found = read_submission(tmp_path, a2, sandbox)
    assert chosen(found) == "vit_solution.py"
    assert "vit_solution (1).py was not. It is the newer one." in found.notes[0]


@pytest.mark.parametrize(("files", "wanted"), [
    ({"vit_solution.py": b"A = 1\n", "vit_solution (1).py": b"B = 1\n"}, "vit_solution (1).py"),
    ({"a/vit_solution.py": b"A = 1\n", "b/vit_solution.py": b"A = 1\nB = 2\n"},
     "b/vit_solution.py"),
    ({"vit_solution.py": b"", "vit_solution (1).py": b"B = 1\n"}, "vit_solution (1).py"),
    ({"vit_solution.py": TEMPLATE.read_bytes(), "vit_solution_template.py": b"B = 1\n"},
     "vit_solution_template.py"),
    ({"vit_solution.py": b"B = 1\n", "vit_solution_template.py": TEMPLATE.read_bytes()},
     "vit_solution.py"),
    ({"vit_solution.py": b"B = 1\n", "old/vit_solution.py": b"B = 1\nC = 2\n"},
     "vit_solution.py"),
    ({"vit_solution.py": b"\xff\xfe broken", "hw_vit_solution.py": b"B = 1\n"},
     "hw_vit_solution.py"),
], ids=["later_copy", "fuller", "empty", "template", "template_beside", "old",
        "unreadable"])  # fmt: skip
def test_of_two_of_one_time_the_one_with_work_in_it(
    files: Files, wanted: str, tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    found = read({**files, **of("anna", ("lstm_solution.py",))}, tmp_path, a2, sandbox)
    assert chosen(found) == wanted
    assert any(note.startswith(f"{wanted} was graded") for note in found.notes)


def test_a_part_under_another_name_is_importable_under_both(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    files = {"hw2_vit_solution.py": b"A = 1\n", **of("anna", ("lstm_solution.py",))}
    found = read(files, tmp_path, a2, sandbox)
    assert {"vit_solution", "hw2_vit_solution"} <= set(found.sources)
    assert set(all_pieces(found.sources)) == {"hw2_vit_solution.py", "lstm_solution.py"}


def test_another_notebook_of_the_course_is_not_that_of_a1(tmp_path: Path, sandbox: Sandbox) -> None:
    """Of several notebooks, that with this assignment's cells, under any name."""
    a1 = find_assignment("a1_sequence_modeling")
    right = (a1.reference / "main.ipynb").read_bytes()
    other = (find_assignment("a2_lstm_and_vit").release / "main.ipynb").read_bytes()
    write({"homework.ipynb": right, "another.ipynb": other}, tmp_path)
    found = read_submission(tmp_path, a1, sandbox)
    assert found.parts["main"].file == "homework.ipynb"
    assert "main" not in found.problems


def test_the_known_names_win_by_length() -> None:
    known = ["vit_solution", "fashion_vit_solution"]
    seen = recognise("hw3_fashion_vit_solution (2)", known)
    assert seen is not None
    assert (seen.name, seen.before, seen.copy) == ("fashion_vit_solution", "hw3", 2)


@pytest.mark.parametrize(("text", "shown"), [
    ("a\x1b[31mb\x1b[0m", "ab"), ("a\x1b]0;title\x07b", "ab"), ("a\nb\tc", "a b c"),
    ("a\u202eb\u200b", "ab"), ("caf\udce9", "caf\N{REPLACEMENT CHARACTER}"),
    ("x" * 50, "x" * 17 + "..."),
])  # fmt: skip
def test_text_is_cleaned_for_people(text: str, shown: str) -> None:
    assert clean(text, 20) == shown


def test_names_fold_as_file_names_do() -> None:
    assert folded("Anna B") == folded("anna_b") == folded("ANNA-B") != folded("anna c")
