"""Packs the self-check: the kit, an assignment's checks and the expected values, in one archive."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from autograder.course import ROOT, CourseAssignment
from autograder.grading.grader import Grader
from autograder.grading.oracle import Oracle
from autograder.grading.settings import Settings
from autograder.kit.frames import encode
from autograder.kit.values import Run

_SEED = 1  # of the self-check's inputs; never one that a grader draws
_EPOCH = (2020, 1, 1, 0, 0, 0)  # the same content gives the same archive
_PACKAGE = ROOT / "autograder"


def selfcheck_archive(assignment: CourseAssignment, cells: list[dict[str, object]]) -> bytes:
    """The archive's bytes. `cells` are those of the released notebook that the grader runs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in _members(assignment, cells):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def _members(
    assignment: CourseAssignment, cells: list[dict[str, object]]
) -> Iterator[tuple[str, bytes]]:
    for path in _sources(assignment):
        yield path.relative_to(ROOT).as_posix(), path.read_bytes()
    if cells:
        yield "cells.json", json.dumps(cells).encode()
    with Grader.open(Settings(assignment.name, _SEED)) as grader:
        head, values = _stored(grader, assignment)
    yield "expected.json", json.dumps(head).encode()
    yield "expected.bin", values


def _sources(assignment: CourseAssignment) -> Iterator[Path]:
    """What may leave for students: nothing that knows an answer."""
    yield _PACKAGE / "__init__.py"
    yield from sorted((_PACKAGE / "kit").glob("*.py"))
    yield from sorted((_PACKAGE / "selfcheck").glob("*.py"))
    yield _PACKAGE / "assignments" / "__init__.py"
    for path in sorted((_PACKAGE / "assignments" / assignment.name).glob("*.py")):
        if not path.stem.startswith("misconceptions"):
            yield path


def _stored(grader: Grader, assignment: CourseAssignment) -> tuple[dict[str, object], bytes]:
    """The reference's observations, and samples of those of the known mistakes that show."""
    oracle = Oracle(grader.sandbox, assignment, _SEED)
    compared = [check for check in grader.checks if not check.accuracy]
    runs = {Run(check.id, mode): check.target for check in compared for mode in check.modes}
    seen = {**oracle.right(runs)}
    seen |= oracle.mistaken(
        Run(run.check, run.mode, mistake.name)
        for run, target in runs.items()
        for mistake in oracle.mistakes
        if mistake.target == target
    )
    wanted = assignment.attachment
    head = {
        "assignment": assignment.name,
        "seed": _SEED,
        "attachment": [f"{wanted.name}{suffix}" for suffix in wanted.suffixes] if wanted else [],
        "mistakes": [
            {"name": one.name, "target": one.target, "hint": one.hint} for one in oracle.mistakes
        ],
    }
    values = [
        encode(run.check, replace(observation, seconds=0.0), asdict(run))
        for run, observation in seen.items()
        if observation.failure is None
    ]
    return head, b"".join(values)
