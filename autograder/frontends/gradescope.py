"""Writes the zip file that Gradescope takes as an autograder."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from autograder.course import ROOT, CourseAssignment, CourseError, held_out_folder
from autograder.grading.seeds import new_seed

_FILES = Path(__file__).parent / "gradescope_files"
_PACKAGES = (
    "torch",
    "numpy",
    "pydantic",
    "jinja2",
    "markdown-it-py",
    "einops",
    "safetensors",
    "nbformat",
)
_PIN = re.compile(r"(?P<name>[\w.-]+)==[^\s;]+")
_EPOCH = (2020, 1, 1, 0, 0, 0)  # the same content gives the same zip


def write_zip(assignment: CourseAssignment, path: Path) -> int:
    """Write the zip; returns its size in bytes."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content, executable in _members(assignment):
                info = zipfile.ZipInfo(name, _EPOCH)
                info.external_attr = (0o755 if executable else 0o644) << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, content)
        return path.stat().st_size
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}.") from None


def _members(assignment: CourseAssignment) -> Iterator[tuple[str, str | bytes, bool]]:
    """(name, content, executable) of every file in the zip."""
    setup = (_FILES / "setup.sh").read_text("utf-8")
    yield "setup.sh", setup.replace("@UV@", metadata.version("uv")), True
    run = (_FILES / "run_autograder").read_text("utf-8")
    yield "run_autograder", run.replace("@ASSIGNMENT@", assignment.name), True
    yield "requirements.txt", _requirements(), False
    yield ".course_seed", f"{new_seed()}\n", False  # its own, and known to nobody
    for path in sorted((ROOT / "autograder").rglob("*")):
        relative = path.relative_to(ROOT)
        if path.is_file() and path.suffix in (".py", ".html") and _wanted(relative, assignment):
            yield relative.as_posix(), path.read_text("utf-8"), False
    for path in assignment.reference_files:
        yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8"), False
    for path in sorted(held_out_folder().glob("*.npz")) if assignment.attachment else []:
        yield f"data/held_out/{path.name}", path.read_bytes(), False


def _wanted(path: Path, assignment: CourseAssignment) -> bool:
    """Everything of the package, but of the assignments only this one."""
    if path.parts[1] == "assignments" and len(path.parts) > 3:
        return path.parts[2] == assignment.name
    return True


def _requirements() -> str:
    """The packages grading needs, as the lock pins them for every Python from 3.10 on.

    So the zip fits the Python of the image, whichever the instructor has. Hashes are left out: they
    are those of one build of torch, and the image installs the one for the processor.
    """
    pinned = [
        line
        for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines()
        if (found := _PIN.match(line)) and found["name"] in _PACKAGES
    ]
    return "".join(line.removesuffix("\\").strip() + "\n" for line in pinned)
