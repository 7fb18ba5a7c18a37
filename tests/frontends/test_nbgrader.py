"""A course graded with nbgrader's own commands, on a copy of the repository."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.course import ROOT, find_assignment
from autograder.grading.grader import Grader
from autograder.grading.settings import Settings
from autograder.intake.submission import read_submission
from autograder.release.strip import solution_lines
from tests.submissions.build import build_class

A1, A2 = "a1_sequence_modeling", "a2_lstm_and_vit"
BIN = Path(sys.executable).parent
SOLUTION = find_assignment(A1).reference

# Lines a student might put at the head of the first answer cell to get full marks for nothing.
CHEATS = {
    "displayhook": "import sys, warnings; sys.displayhook = print; warnings.warn('just a warning')",
    "allclose": "import torch; torch.allclose = lambda *a, **k: True",
    "endless": "while True: pass",
}


class Course:
    """A folder with the course in it, and students."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[tuple[str, str], dict[str, str]] = {}

    def run(self, *arguments: str, works: bool = True) -> str:
        """One nbgrader command; what it printed."""
        done = subprocess.run(
            [BIN / "nbgrader", *arguments],
            cwd=self.folder, capture_output=True, text=True, timeout=300,
            env={**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"},
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert (done.returncode == 0) == works, said[-4000:]
        return said

    def hand_in(self, student: str, assignment: str) -> Path:
        """The student's folder for an assignment."""
        folder = self.folder / "submitted" / student / assignment
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def graded_notebook(self, student: str, assignment: str) -> Any:
        path = self.folder / "autograded" / student / assignment / "main.ipynb"
        return nbformat.read(path, as_version=4)

    def feedback(self, student: str, assignment: str) -> str:
        return (self.folder / "feedback" / student / assignment / "main.html").read_text("utf-8")

    def score(self, student: str, assignment: str) -> float:
        return float(self.rows[assignment, student]["score"])


def cheating(code: str) -> str:
    """The right notebook with self-attention wrong, and a cheat before it."""
    text = (SOLUTION / "main.ipynb").read_text("utf-8")
    notebook = json.loads(text.replace("scores.softmax(dim=-1)", "scores.softmax(dim=1)"))
    for cell in notebook["cells"]:
        if "".join(cell["source"]).startswith("def self_attention"):
            cell["source"] = code + "\n" + "".join(cell["source"])
        if cell["metadata"].get("nbgrader", {}).get("grade") and cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "execute_result", "execution_count": 1,
                                "data": {"text/plain": "10.0"}, "metadata": {}}]  # fmt: skip
    return json.dumps(notebook)


def with_plot(text: str) -> str:
    """A notebook with a picture in a training cell's saved output."""
    notebook = json.loads(text)
    cell = next(c for c in notebook["cells"] if "training" in c["metadata"].get("tags", []))
    cell["outputs"] = [{"output_type": "display_data", "metadata": {},
                        "data": {"image/png": "aGVsbG8=", "text/plain": "<Figure>"}}]  # fmt: skip
    return json.dumps(notebook)


def edited(text: str, edit: Any) -> str:
    notebook = json.loads(text)
    edit(notebook["cells"])
    return json.dumps(notebook)


def marked(cells: list[dict[str, Any]], grade_id: str) -> dict[str, Any]:
    return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def delete_cells(cells: list[dict[str, Any]]) -> None:
    for grade_id in ("a-2-1-patch-embed", "q-2-1-patch-embed", "q-3-2-vit"):
        cells.remove(marked(cells, grade_id))


def retag_cells(cells: list[dict[str, Any]]) -> None:
    marked(cells, "q-1-1-gru-translation")["metadata"]["nbgrader"]["points"] = 100
    marked(cells, "q-3-1b-self-attention")["metadata"]["nbgrader"]["points"] = "many"
    marked(cells, "q-3-2-vit")["source"] = "10.0"
    marked(cells, "q-2-1-patch-embed")["cell_type"] = "markdown"
    cells.append(dict(marked(cells, "a-3-2-vit")))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Two assignments generated, a dozen students graded, feedback written, grades exported."""
    folder = tmp_path_factory.mktemp("course")
    unwanted = shutil.ignore_patterns("__pycache__", "sample-*", "held_out", "logs")
    for name in ("autograder", "solutions", "lab", "data", "nbgrader_config.py"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=unwanted)
        else:
            shutil.copy(source, folder / name)
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write("c.GradeOutside.cpu_seconds = 2\n")
    course = Course(folder)
    for assignment in (A1, A2):
        course.run("generate_assignment", assignment)

    released = (folder / "assignments" / A1 / "main.ipynb").read_text("utf-8")
    right = (SOLUTION / "main.ipynb").read_text("utf-8")
    cell = (SOLUTION / "gru_solution.py").read_text("utf-8")
    notebooks: dict[str, str | bytes] = {
        "right": with_plot(right),
        "blank": released,
        "partial": right.replace("scores.softmax(dim=-1)", "scores.softmax(dim=1)"),
        "deleted": edited(right, delete_cells),
        "retagged": edited(right, retag_cells),
        "notjson": b"this is no notebook",
        **{f"cheat_{name}": cheating(code) for name, code in CHEATS.items()},
    }
    for student, text in notebooks.items():
        hand_in = course.hand_in(student, A1)
        (hand_in / "main.ipynb").write_bytes(text if isinstance(text, bytes) else text.encode())
        (hand_in / "gru_solution_template.py").write_text(cell, "utf-8")
    with (course.hand_in("huge", A1) / "main.ipynb").open("wb") as file:
        file.truncate(200 << 20)

    notebook = (folder / "assignments" / A2 / "main.ipynb").read_bytes()
    built = {path.name: path for path in build_class(A2, tmp_path_factory.mktemp("built"))}
    for student in ("correct_einsum", "mistaken_softmax_over_queries", "blank_template"):
        hand_in = course.hand_in(student, A2)
        shutil.copytree(built[student], hand_in, dirs_exist_ok=True)
        (hand_in / "main.ipynb").write_bytes(notebook)

    for assignment in (A1, A2):
        course.run("autograde", assignment)
    course.run("generate_feedback", A1)
    course.run("export")
    with (folder / "grades.csv").open(newline="", encoding="utf-8") as file:
        course.rows = {(row["assignment"], row["student_id"]): row for row in csv.DictReader(file)}
    return course


def test_the_generated_assignment_is_what_release_writes(course: Course) -> None:
    for name in (A1, A2):
        ours, theirs = find_assignment(name).release, course.folder / "assignments" / name
        files = sorted(p.relative_to(ours) for p in ours.rglob("*") if "__pycache__" not in p.parts)
        assert files == sorted(p.relative_to(theirs) for p in theirs.rglob("*"))
        for file in files:
            if (ours / file).is_file():
                assert (ours / file).read_bytes() == (theirs / file).read_bytes(), file


@pytest.mark.parametrize("name", [A1, A2])
def test_no_line_of_an_answer_is_generated(name: str, course: Course) -> None:
    reference = find_assignment(name).reference
    lines = {
        line
        for path in reference.glob("*.py")
        for line in solution_lines(path.read_text("utf-8"))
        if len(line) > 30
    }
    released = [p for p in (course.folder / "assignments" / name).glob("*") if p.is_file()]
    for path in released:
        text = path.read_bytes().decode("utf-8", "ignore")
        assert not [line for line in lines if line in text], path


def test_scores_are_those_of_the_command_line(course: Course) -> None:
    """The same folders, graded by the engine directly."""
    for name in (A1, A2):
        assignment, settings = find_assignment(name), Settings(name, 0, cpu_seconds=2)
        with Grader.open(settings) as grader:
            for student in sorted((course.folder / "submitted").iterdir()):
                if (student / name).is_dir():
                    ours = grader.grade(
                        read_submission(student / name, assignment, grader.sandbox)
                    ).score
                    assert course.score(student.name, name) == pytest.approx(ours), student.name


@pytest.mark.parametrize(
    ("student", "score"),
    [
        ("right", 9.5),
        ("blank", 3),
        ("partial", 8.5),
        ("deleted", 8.5),
        ("retagged", 9.5),
        ("notjson", 3),
        ("huge", 0),
        ("cheat_displayhook", 8.5),
        ("cheat_endless", 8.5),
        ("cheat_allclose", 8.3),  # it has harmed its own answer to 3.1a, too
    ],
)
def test_points_of_a_notebook(student: str, score: float, course: Course) -> None:
    assert course.score(student, A1) == score
    assert float(course.rows[A1, student]["max_score"]) == 10


def test_python_files_are_the_students_own(course: Course) -> None:
    assert course.score("correct_einsum", A2) == 37
    assert course.score("mistaken_softmax_over_queries", A2) == 29
    assert course.score("blank_template", A2) == 0


def test_the_gradebook_has_partial_credit_cell_by_cell(course: Course) -> None:
    cells = course.graded_notebook("partial", A1)["cells"]
    points = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["outputs"][0]["data"]["text/plain"]
        for cell in cells
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade")
    }
    assert points["q-3-1b-self-attention"] == "0" and points["q-3-2-vit"] == "2"
    assert len(points) == 9


def test_every_graded_cell_has_exactly_one_output_and_it_is_ours(course: Course) -> None:
    """nbgrader gives full marks to a cell without a number: there must be none."""
    for student in (course.folder / "autograded").iterdir():
        for name in (A1, A2):
            if not (student / name).is_dir():
                continue
            for cell in course.graded_notebook(student.name, name)["cells"]:
                content = cell["metadata"].get("nbgrader", {})
                if cell["cell_type"] == "code" and content.get("grade"):
                    (output,) = cell["outputs"]
                    assert 0 <= float(output["data"]["text/plain"]) <= content["points"]


def test_saved_plots_stay_for_the_person_who_grades(course: Course) -> None:
    text = json.dumps(course.graded_notebook("right", A1))
    assert "aGVsbG8=" in text


def test_feedback_is_readable_and_holds_no_hidden_check(course: Course) -> None:
    page = course.feedback("partial", A1)
    assert "The softmax runs over the queries" in page  # the known mistake, by its hint
    assert "x is your value" in page
    for hidden in ("fill_parts", "is_permutation_equivariant__verdicts", "draw.normal", "grad_of"):
        assert hidden not in page


def test_a_notebook_that_cannot_be_read_says_so(course: Course) -> None:
    assert "cannot be read as JSON" in course.feedback("notjson", A1)
    assert "larger than 20 MB" in course.feedback("huge", A1)
    kept = course.folder / "submitted" / "notjson" / A1 / "main.ipynb.unreadable"
    assert kept.read_bytes() == b"this is no notebook"


def test_deleted_cells_are_put_back(course: Course) -> None:
    cells = course.graded_notebook("deleted", A1)["cells"]
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    assert ids.index("a-2-1-patch-embed") + 1 == ids.index("q-2-1-patch-embed")
    assert "(a-2-1-patch-embed) is missing" in course.feedback("deleted", A1)


def test_a_written_answer_that_was_not_touched_earns_nothing_and_needs_nobody(
    course: Course,
) -> None:
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission(A2, "blank_template")
        assert not submission.needs_manual_grade
        written = [g for n in submission.notebooks for g in n.grades if g.name.startswith("m-")]
        assert len(written) == 10 and all(grade.score == 0 for grade in written)


def test_the_formgrader_serves_the_gradebook(course: Course) -> None:
    """jupyter server with nbgrader's own extension, asked as its page asks."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [BIN / "jupyter", "server", "--no-browser", "--allow-root", f"--port={port}",
         "--IdentityProvider.token=t", "--ServerApp.jpserver_extensions",
         "nbgrader.server_extensions.formgrader=True"],
        cwd=course.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}/formgrader/api/submissions/{A1}?token=t"
    try:
        for _ in range(120):
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=10) as answer:
                content = {one["student"]: one["score"] for one in json.loads(answer.read())}
                break
            time.sleep(0.5)
        assert content["right"] == 9.5 and content["partial"] == 8.5
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_no_kernel_was_started(course: Course) -> None:
    config = (course.folder / "nbgrader_config.py").read_text("utf-8")
    assert "Execute" not in config


def test_hand_ins_travel_through_the_exchange(course: Course, tmp_path: Path) -> None:
    """release_assignment, then fetch and submit as a student, then collect."""
    exchange, student = tmp_path / "exchange", tmp_path / "student"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    student.mkdir()
    where = f"--Exchange.root={exchange}"
    course.run("release_assignment", A1, where)
    named = [where, "--course=sequence_models", f"--Exchange.cache={tmp_path / 'cache'}"]
    for command in (["fetch_assignment", A1], ["submit", A1]):
        done = subprocess.run(
            [BIN / "nbgrader", *command, *named], cwd=student, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    course.run("collect", A1, where)
    collected = list((course.folder / "submitted").glob(f"*/{A1}/gru_solution_template.py"))
    assert any((path.parent / "timestamp.txt").exists() for path in collected)


def test_hand_ins_come_out_of_zip_files_and_out_of_what_a_platform_calls_them(
    course: Course,
) -> None:
    archive = course.folder / "downloaded" / A1 / "archive"
    archive.mkdir(parents=True)
    for name in ("main.ipynb", "gru_solution.py"):
        shutil.copy(SOLUTION / name, archive / f"a1_zoe_attempt_2026-01-30-15-30-10_{name}")
    with zipfile.ZipFile(archive / "yuri.zip", "w") as packed:
        packed.write(SOLUTION / "main.ipynb", "main.ipynb")
        packed.write(SOLUTION / "gru_solution.py", "gru_solution.py")
    course.run("zip_collect", A1)
    for student in ("zoe", "yuri"):
        names = {p.name for p in (course.folder / "submitted" / student / A1).iterdir()}
        assert names >= {"main.ipynb", "gru_solution.py"}, student
