"""Grades every hostile submission: what it gained, whether it was remarked on, what it left.

    python -m tests.attacks [FAMILY ...]      all families: the table in docs/security.md is renewed

Each file in tests/submissions/hostile/<family>/ is put into a submission whose functions are
wrong or empty. What it scores beyond that submission is what the attack gained.
"""

from __future__ import annotations

import ast
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from autograder.course import ROOT, find_assignment
from autograder.grading.grader import Grader
from autograder.grading.settings import Settings
from autograder.intake.remarks import remarks
from autograder.intake.submission import read_submission
from autograder.release.strip import strip_solutions
from tests.submissions.build import insert_text

ASSIGNMENT = "a2_lstm_and_vit"
HOSTILE = ROOT / "tests" / "submissions" / "hostile"
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- attacks: begin -->", "<!-- attacks: end -->"
WRONG = """
class LayerNorm:
    def forward(self, inputs):
        return inputs


class MultiHeadedAttention:
    def get_attention_weights(self, queries, keys):
        return (queries @ keys.transpose(-1, -2)).softmax(-2)

    def apply_attention(self, queries, keys, values):
        return values.flatten(2)
"""
# One check for each function that WRONG gives a wrong answer to: enough to see a gain.
CHECKS = ("layer_norm_values", "attention_weights_values", "apply_attention_values")
_PLACES = ("/tmp", "/var/tmp", "/dev/shm")

FAMILIES = {
    "bans": "reaches a forbidden operation by a side door",
    "reference": "reads the solution or the seed",
    "forgery": "writes to the grader's channel, or returns what is no result",
    "tampering": "changes the grader, torch or Python",
    "exhaustion": "takes time, memory, processes or descriptors",
    "markup": "puts markup, formulas or terminal codes into messages",
    "files": "reads, writes or removes files",
    "survival": "goes on after its end, or reaches other processes and the network",
}


@dataclass(frozen=True)
class Attack:
    """One hostile file."""

    path: Path

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def tries(self) -> str:
        """What it tries: the first line of its docstring."""
        return (ast.get_docstring(ast.parse(self.text)) or "").partition("\n")[0]

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    attack: Attack
    gained: float
    remarked: bool
    left: tuple[str, ...]
    seconds: float
    said: tuple[str, ...]  # statuses and messages that mention an opened door


def attacks(families: Sequence[str] = ()) -> list[Attack]:
    """All attacks of these families, or of all."""
    return [
        Attack(path)
        for family in families or FAMILIES
        for path in sorted((HOSTILE / family).glob("*.py"))
    ]


class Range:
    """Grades attacks, one after the other, with one grader."""

    def __init__(self, folder: Path, grader: Grader) -> None:
        self._folder, self._grader = folder, grader
        grader.checks = [check for check in grader.checks if check.id in CHECKS]
        assert len(grader.checks) == len(CHECKS)
        solution = find_assignment(ASSIGNMENT).reference / "vit_solution.py"
        self._base = insert_text(strip_solutions(solution.read_text("utf-8")), WRONG)
        self._without = self._score(self._base)[0]

    def try_out(self, attack: Attack) -> Outcome:
        """Grade a submission with the attack in it."""
        text = insert_text(self._base, attack.text)
        before, started = _leavings(), time.monotonic()
        score, said = self._score(text)
        seconds = time.monotonic() - started
        left = tuple(sorted(_leavings() - before))
        marked = bool(remarks({"vit_solution.py": text}))
        return Outcome(attack, round(score - self._without, 6), marked, left, seconds, said)

    def _score(self, text: str) -> tuple[float, tuple[str, ...]]:
        (self._folder / "vit_solution.py").write_text(text, "utf-8", "surrogatepass")
        wanted, sandbox = find_assignment(ASSIGNMENT), self._grader.sandbox
        submission = read_submission(self._folder, wanted, sandbox, "attack")
        result = self._grader.grade(submission)
        opened = tuple(one.message for one in result.checks if "SystemError" in one.message)
        return result.score, opened


def _leavings() -> set[str]:
    """Files in the places where everybody may write, and processes under this one."""
    found = {str(path) for place in _PLACES for path in Path(place).glob("*hostile*")}
    for child in psutil.Process().children(recursive=True):
        found.add(f"process {child.pid}")
    return found


def outcomes(chosen: Sequence[Attack]) -> Iterator[Outcome]:
    """Try these attacks in a folder of their own."""
    settings = Settings(ASSIGNMENT, seed=0, cpu_seconds=2)
    with tempfile.TemporaryDirectory(prefix="attacks_") as name, Grader.open(settings) as grader:
        place = Range(Path(name), grader)
        for attack in chosen:
            yield place.try_out(attack)


def table(found: Sequence[Outcome]) -> str:
    """One row per family."""
    lines = [
        "| family | what it tries | tried | gained points | gained without a remark | remarked "
        "| left something behind |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = [(f, [o for o in found if o.attack.path.parent.name == f]) for f in FAMILIES]
    for family, of_it in [*rows, ("all", list(found))]:
        counts = [
            len(of_it),
            sum(one.gained > 0 for one in of_it),
            sum(one.gained > 0 and not one.remarked for one in of_it),
            sum(one.remarked for one in of_it),
            sum(bool(one.left or one.said) for one in of_it),
        ]
        lines.append(f"| {family} | {FAMILIES.get(family, '')} | {' | '.join(map(str, counts))} |")
    gains = [f"- `{one.attack.name}`: {one.attack.tries}" for one in found if one.gained > 0]
    if gains:
        lines += ["", "Gained points, and was remarked on where the table says so:", "", *gains]
    return "\n".join(lines)


def main(families: Sequence[str]) -> None:
    found = []
    for one in outcomes(attacks(families)):
        found.append(one)
        marks = [f"GAINED {one.gained:g}" if one.gained > 0 else "nothing gained"]
        marks += ["remarked"] * one.remarked + [f"left {', '.join(one.left)}"] * bool(one.left)
        marks += [f"OPENED {text}" for text in one.said]
        print(f"{one.attack.name:45} {one.seconds:5.1f} s  {'; '.join(marks)}", flush=True)
    print()
    print(table(found))
    if not families:
        head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        tail = rest.partition(END)[2]
        PAGE.write_text(f"{head}{BEGIN}\n{table(found)}\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
