"""What students get is made from solutions/, is up to date, and holds no answer."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from autograder.course import ROOT, assignment_names, find_assignment
from autograder.kit.compare import compare
from autograder.kit.frames import Bounds, Frame, FrameReader
from autograder.release import build
from autograder.release.build import release_assignment
from autograder.release.strip import RegionError, solution_lines, strip_solutions

A2 = "a2_lstm_and_vit"


@pytest.fixture(scope="module", params=assignment_names())
def released(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assignment folder made anew, away from the repository."""
    target = tmp_path_factory.mktemp("release") / request.param
    release_assignment(find_assignment(request.param), target)
    return target


def test_the_folder_in_the_repository_is_the_one_release_makes(released: Path) -> None:
    kept = ROOT / "assignments" / released.name
    names = {path.relative_to(released) for path in released.rglob("*") if path.is_file()}
    ignored = {"__pycache__", ".ipynb_checkpoints"}
    there = {
        path.relative_to(kept)
        for path in kept.rglob("*")
        if path.is_file() and not ignored & set(path.parts)
    }
    assert there == names, "run `make release` and commit assignments/"
    for name in sorted(names):
        if name.name != "kit.zip":
            same = (kept / name).read_bytes() == (released / name).read_bytes()
            assert same, f"{name} is out of date: run `make release` and commit assignments/"
    new, old = (members(folder / "selfcheck" / "kit.zip") for folder in (released, kept))
    fresh, stored = (read_frames(m.pop("expected.bin")) for m in (new, old))
    assert new == old, "selfcheck/ is out of date: run `make release` and commit assignments/"
    # A mistake may divide by zero, and so show on one machine and not on another.
    right = [
        {frame.tag + str(frame.extra): frame.observation for frame in side if is_right(frame)}
        for side in (fresh, stored)
    ]
    assert right[0].keys() == right[1].keys()
    for tag, observation in right[0].items():
        assert compare(observation, right[1][tag]) is None, tag


def members(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def read_frames(data: bytes) -> list[Frame]:
    """All of them: nothing is left over."""
    many = 1 << 30
    return list(FrameReader(Bounds(many, many, many)).feed(data))


def is_right(frame: Frame) -> bool:
    return not frame.extra["variant"]


def test_a_folder_is_small(released: Path) -> None:
    """At most 12 entries and less than 1.5 MB."""
    assert len(list(released.iterdir())) <= 12
    assert sum(path.stat().st_size for path in released.rglob("*")) < 1_500_000


def test_the_archive_holds_nothing_of_the_grader(released: Path) -> None:
    rooms = {name.split("/")[1] for name in members(released / "selfcheck/kit.zip") if "/" in name}
    assert rooms == {"__init__.py", "assignments", "kit", "selfcheck"}
    assert not [name for name in members(released / "selfcheck/kit.zip") if "misconception" in name]


def test_a_release_that_fails_leaves_the_old_folder_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / A2
    (target / "figures").mkdir(parents=True)
    (target / "handout.md").write_text("as it was")
    monkeypatch.setattr(build, "selfcheck_archive", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        release_assignment(find_assignment(A2), target)
    assert (target / "handout.md").read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == [A2]


def test_no_line_of_a_solution_is_in_what_students_get(released: Path) -> None:
    reference = ROOT / "solutions" / released.name
    answers = {
        line
        for path in [*reference.glob("*.py"), *reference.glob("*.ipynb")]
        for line in solution_lines(path.read_text("utf-8"))
        if any(character.isalnum() for character in line)  # a bracket alone is no answer
    }
    assert answers
    texts = {
        str(path): path.read_text("utf-8")
        for path in released.rglob("*")
        if path.suffix in (".py", ".ipynb", ".md", ".json")
    }
    packed = members(released / "selfcheck" / "kit.zip")
    texts |= {
        name: data.decode()
        for name, data in packed.items()
        if name.startswith(f"autograder/assignments/{released.name}") or name.endswith(".json")
    }
    for name, text in texts.items():
        assert not {line.strip() for line in text.splitlines()} & answers, name


def test_no_mark_scheme_and_no_output_is_in_a_notebook(released: Path) -> None:
    for path in released.rglob("*.ipynb"):
        text = path.read_text("utf-8")
        assert "MARK SCHEME" not in text
        assert "SOLUTION" not in text


def test_stored_values_are_read_without_unpickling(released: Path) -> None:
    """Every byte of expected.bin is a frame of JSON and plain numbers."""
    found = read_frames(members(released / "selfcheck" / "kit.zip")["expected.bin"])
    assert found
    tensors = [v.data for f in found for v in f.observation.values.values() if v.kind == "tensor"]
    assert tensors and all(isinstance(data, np.ndarray) for data in tensors)


# --- the student's side -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The released folder alone, away from the repository."""
    folder = tmp_path_factory.mktemp("student") / A2
    shutil.copytree(ROOT / "assignments" / A2, folder)
    return folder


def selfcheck(folder: Path, *questions: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P" if sys.version_info >= (3, 11) else "-B", "-c",
         f"import sys; sys.path.insert(0, {str(folder)!r})\n"
         f"import selfcheck; selfcheck.check(*{questions!r})"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout


def test_a_blank_template_is_told_that_it_is_not_done_yet(folder: Path) -> None:
    printed = selfcheck(folder, "2.1")
    assert "0 of 5" in printed and "Not done yet" in printed and "line" in printed


def test_the_answers_pass_the_self_check(folder: Path) -> None:
    reference = ROOT / "solutions" / A2
    for part in ("vit_solution", "lstm_solution"):
        shutil.copy(reference / f"{part}.py", folder / f"{part}.py")
    assert "Points for what was checked: 37 of 37" in selfcheck(folder)


def test_a_known_mistake_is_named(folder: Path) -> None:
    text = (ROOT / "solutions" / A2 / "vit_solution.py").read_text("utf-8")
    mistaken = text.replace("centred.square().mean(dim=-1, keepdim=True)",
                          "inputs.var(dim=-1, keepdim=True)")  # fmt: skip
    assert mistaken != text
    (folder / "vit_solution.py").write_text(mistaken, "utf-8")
    printed = selfcheck(folder, "2.1")
    assert "Look here: " in printed and "n - 1" in printed


def test_a_forbidden_call_is_refused_and_works_again_afterwards(folder: Path) -> None:
    text = (ROOT / "solutions" / A2 / "vit_solution.py").read_text("utf-8")
    cheat = text.replace("        mean = inputs.mean(dim=-1, keepdim=True)  # (..., 1)\n",
                         "        return F.layer_norm(inputs, (self.hidden_size,), self.weight,"
                         " self.bias, self.eps)\n")  # fmt: skip
    assert cheat != text
    (folder / "vit_solution.py").write_text(cheat, "utf-8")
    printed = selfcheck(folder, "2.1")
    assert "0 of 5" in printed and "Not allowed in this exercise" in printed
    done = subprocess.run(
        [sys.executable, "-c",
         "import selfcheck, torch; selfcheck.check('2.1'); print(torch.nn.LayerNorm(3)"
         "(torch.ones(2, 3)).sum().item())"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "0.0"


# --- regions ------------------------------------------------------------------------------------


def test_a_region_becomes_a_todo_that_raises() -> None:
    text = "def f(x):\n    ### BEGIN SOLUTION 1.2 Add one.\n    return x\n    ### END SOLUTION\n"
    assert strip_solutions(text) == (
        'def f(x):\n    # TODO 1.2: Add one.\n    raise NotImplementedError("TODO 1.2")\n'
    )


def test_a_region_in_init_leaves_an_object_that_can_be_built() -> None:
    text = (
        "class A:\n    def __init__(self):\n        self.n = 1\n"
        "        ### BEGIN SOLUTION 1.2 Make maps.\n        self.m = 2\n        ### END SOLUTION\n"
    )
    assert strip_solutions(text).endswith("self.n = 1\n        # TODO 1.2: Make maps.\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("### BEGIN SOLUTION 1\n", "line 1: the region is never ended"),
        ("### END SOLUTION\n", "line 1: a region ends that never began"),
        ("### BEGIN SOLUTION 1\n### BEGIN SOLUTION 2\n", "begins inside that of line 1"),
    ],
)
def test_marks_that_do_not_pair_up_are_named_with_their_line(text: str, words: str) -> None:
    with pytest.raises(RegionError, match=words):
        strip_solutions(text)
