"""What students get is made from solutions/, is up to date, and holds no answer."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograder.course import ROOT, assignment_names, find_assignment
from autograder.kit.compare import compare
from autograder.release.build import release_assignment
from autograder.release.strip import RegionError, solution_lines, strip_solutions
from autograder.kit.frames import frames

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
        if name.name != "expected.bin":
            same = (kept / name).read_bytes() == (released / name).read_bytes()
            assert same, f"{name} is out of date: run `make release` and commit assignments/"
    fresh, stored = (
        list(frames(bytearray((folder / "selfcheck/expected.bin").read_bytes()), 1 << 30))
        for folder in (released, kept)
    )
    assert [(f.tag, f.extra) for f in fresh] == [(f.tag, f.extra) for f in stored]
    for new, old in zip(fresh, stored, strict=True):
        if not new.extra["hint"]:  # a mistake may divide by zero, by its machine's own rounding
            assert compare(new.observation, old.observation) is None, new.tag


def test_no_line_of_a_solution_is_in_what_students_get(released: Path) -> None:
    reference = ROOT / "solutions" / released.name
    answers = {
        line
        for path in [*reference.glob("*.py"), *reference.glob("*.ipynb")]
        for line in solution_lines(path.read_text("utf-8"))
        if any(character.isalnum() for character in line)  # a bracket alone is no answer
    }
    assert answers
    for path in released.rglob("*"):
        if path.suffix in (".py", ".ipynb", ".md", ".json"):
            lines = {line.strip() for line in path.read_text("utf-8").splitlines()}
            assert not lines & answers, path


def test_no_mark_scheme_and_no_output_is_in_a_notebook(released: Path) -> None:
    for path in released.rglob("*.ipynb"):
        text = path.read_text("utf-8")
        assert "MARK SCHEME" not in text
        assert "SOLUTION" not in text


def test_stored_values_are_read_without_unpickling(released: Path) -> None:
    """Every byte of expected.bin is a frame of JSON and plain numbers."""
    buffer = bytearray((released / "selfcheck/expected.bin").read_bytes())
    found = list(frames(buffer, 1 << 30))
    assert found and not buffer
    tensors = [v.data for f in found for v in f.observation.values.values() if v.kind == "tensor"]
    assert tensors and all(isinstance(data, np.ndarray) for data in tensors)


# --- the student's side -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's desk: the released folder alone, away from the repository."""
    desk = tmp_path_factory.mktemp("desk") / A2
    shutil.copytree(ROOT / "assignments" / A2, desk)
    return desk


def selfcheck(desk: Path, *questions: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P" if sys.version_info >= (3, 11) else "-B", "-c",
         f"import sys; sys.path.insert(0, {str(desk)!r}); sys.modules['autograder'] = None\n"
         f"import selfcheck; selfcheck.check(*{questions!r})"],
        cwd=desk, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout


def test_a_blank_template_is_told_that_it_is_not_done_yet(desk: Path) -> None:
    printed = selfcheck(desk, "2.1")
    assert "0 of 5" in printed and "Not done yet" in printed and "line" in printed


def test_the_answers_pass_the_self_check(desk: Path) -> None:
    reference = ROOT / "solutions" / A2
    for part in ("vit_solution", "lstm_solution"):
        shutil.copy(reference / f"{part}.py", desk / f"{part}.py")
    assert "Points so far: 37 of 37" in selfcheck(desk)


def test_a_known_mistake_is_named(desk: Path) -> None:
    text = (ROOT / "solutions" / A2 / "vit_solution.py").read_text("utf-8")
    spoilt = text.replace("centred.square().mean(dim=-1, keepdim=True)",
                          "inputs.var(dim=-1, keepdim=True)")  # fmt: skip
    assert spoilt != text
    (desk / "vit_solution.py").write_text(spoilt, "utf-8")
    printed = selfcheck(desk, "2.1")
    assert "Look here: " in printed and "n - 1" in printed


def test_a_forbidden_call_is_refused_and_works_again_afterwards(desk: Path) -> None:
    text = (ROOT / "solutions" / A2 / "vit_solution.py").read_text("utf-8")
    cheat = text.replace("        mean = inputs.mean(dim=-1, keepdim=True)  # (..., 1)\n",
                         "        return F.layer_norm(inputs, (self.hidden_size,), self.weight,"
                         " self.bias, self.eps)\n")  # fmt: skip
    assert cheat != text
    (desk / "vit_solution.py").write_text(cheat, "utf-8")
    printed = selfcheck(desk, "2.1")
    assert "0 of 5" in printed and "Not allowed in this exercise" in printed
    done = subprocess.run(
        [sys.executable, "-c",
         "import selfcheck, torch; selfcheck.check('2.1'); print(torch.nn.LayerNorm(3)"
         "(torch.ones(2, 3)).sum().item())"],
        cwd=desk, capture_output=True, text=True, check=True,
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
