"""nbgrader's settings: its own commands, run in this folder, grade the course.

    .venv/bin/nbgrader generate_assignment a1_sequence_modeling --force
    .venv/bin/nbgrader autograde a1_sequence_modeling

docs/instructor.md walks through a course from here to the grades.
"""

import os
import sys
from pathlib import Path

# nbgrader starts alembic by its name when it makes its database.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

c = get_config()  # noqa: F821, nbgrader puts it here

_HERE = Path(__file__).resolve().parent if "__file__" in globals() else Path.cwd()
_OURS = "autograder.frontends.nbgrader_cells"
_THEIRS = "nbgrader.preprocessors"

c.CourseDirectory.course_id = "sequence_models"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
]
c.CourseDirectory.max_file_size = 100_000  # KB: trained weights are handed in as well

# solutions/ -> assignments/: answers are taken out of Python files, too.
c.GenerateAssignment.preprocessors = [
    f"{_OURS}.StripAnswers",
    f"{_THEIRS}.LockCells",
    f"{_THEIRS}.ClearOutput",
    f"{_THEIRS}.CheckCellMetadata",
    f"{_THEIRS}.ComputeChecksums",
    f"{_THEIRS}.SaveCells",
    f"{_THEIRS}.CheckCellMetadata",
]

# downloaded/ -> submitted/: a zip per student, or names as learning platforms make them, such as
# "Assignment 1_alice_attempt_2026-01-30-15-30-10_main.ipynb".
c.FileNameCollectorPlugin.named_regexp = (
    r"(?:.*_(?=[^_/]+_attempt_)|.*/)(?P<student_id>[\w.+@-]+?)"
    r"(?:_attempt_(?P<timestamp>[0-9\-]+)_|/)(?P<file_id>[^/]+)$"
)
c.FileNameCollectorPlugin.valid_ext = [".ipynb", ".py", ".safetensors", ".pt"]

# submitted/ -> autograded/: no kernel is started, and nothing of the student's is run in one.
c.Autograde.pre_convert_hook = f"{_OURS}.make_readable"
c.Autograde.sanitize_preprocessors = [  # no ClearOutput: saved plots are for the person who grades
    f"{_OURS}.RestoreCells",
]
c.Autograde.autograde_preprocessors = [
    f"{_OURS}.GradeOutside",
    f"{_THEIRS}.LimitOutput",
    f"{_THEIRS}.SaveAutoGrades",
    f"{_THEIRS}.AssignLatePenalties",
]
c.Autograde.exclude_overwriting = {  # nothing of a student's is replaced by ours, but for figures
    folder.name: [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".png"
    ]
    for folder in (_HERE / "solutions").iterdir()
    if folder.is_dir()
}
