"""Every parser of what students and platforms write: linear in the size, and total.

The fuzzing here is short; `-m slow` runs it for longer.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course import CourseError, find_assignment
from autograder.intake.archives import members
from autograder.intake.entries import Entries, Entry, Refused
from autograder.intake.layout import find_layout
from autograder.intake.listing import submitters
from autograder.intake.logs import read_runs
from autograder.intake.names import clean, clean_path, folded, recognise
from autograder.intake.parts import decode, essence, take_parts
from autograder.intake.platforms import PLATFORMS, without_assignment, without_prefix
from autograder.intake.record import NotInOrder, Submission, fill
from autograder.intake.request import request_of
from autograder.intake.roster import read_roster
from autograder.intake.tree import ArchiveTree
from autograder.kit.notebook import Unreadable, printed_text, read_cells, take_cells
from autograder.kit.scan import aliases_of, dotted
from autograder.kit.source import without_magics
from tests.intake.platforms import LAYOUTS, seven_zipped, tarred, zipped

A1, A2 = find_assignment("a1_sequence_modeling"), find_assignment("a2_lstm_and_vit")
OURS = read_cells((A1.reference / "main.ipynb").read_bytes())


def everything(path: PurePosixPath, size: int) -> bool:
    return True


def unpack(data: bytes) -> list[Any]:
    return list(members(io.BytesIO(data), "a.zip", everything))


def notebook(cells: list[dict[str, Any]]) -> bytes:
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}).encode()


def code(text: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": text, "metadata": {}, **more}


def take(data: bytes) -> Any:
    return take_cells(read_cells(data), OURS)


def log(data: bytes, **files: bytes) -> Any:
    entries = [Entry(PurePosixPath("run/log.jsonl"), data)]
    entries += [Entry(PurePosixPath(f"run/{name}.txt"), text) for name, text in files.items()]
    return read_runs(entries)


def part(text: str) -> Any:
    entries = Entries()
    entries.add(PurePosixPath("vit_solution.py"), text.encode())
    return take_parts(entries, request_of(A2))


def zip_of(count: int) -> bytes:
    return zipped({f"{n}.py": b"x" for n in range(count)})


def answers(count: int) -> bytes:
    mark = {"nbgrader": {"solution": True, "grade_id": OURS[-1].answer or "a"}}
    return notebook([code("def same(): pass", metadata=mark) for _ in range(count)])


def layout_of(count: int) -> Any:
    tree = ArchiveTree({f"anna{n}_{n}_{n}_vit_solution.py": 0.0 for n in range(count)})
    return find_layout(tree, A2, in_archive=True)


# name -> (what makes an input of a size, what reads it, the largest size that is tried)
PARSERS: dict[str, tuple[Callable[[int], Any], Callable[[Any], Any], int]] = {
    "zip, files": (zip_of, unpack, 4_000),
    "zip, bytes": (lambda n: zipped({"a.py": b"#" * n}), unpack, 16 << 20),
    "zip, a long path": (lambda n: zipped({"a/" * n + "b": b""}), unpack, 32_000),
    "zip, noise": (lambda n: b"PK\x05\x06" * n, unpack, 1 << 20),
    "tar, files": (lambda n: tarred({f"{i}.py": b"x" for i in range(n)}, "w:gz"), unpack, 4_000),
    "tar, noise": (lambda n: b"\x01ustar" * n, unpack, 1 << 20),
    "7z, files": (lambda n: seven_zipped({f"{i}.py": b"x" for i in range(n)}), unpack, 800),
    "notebook, cells": (lambda n: notebook([code("x = 1")] * n), read_cells, 40_000),
    "notebook, brackets": (lambda n: b"[" * n, lambda d: _try(read_cells, d), 4 << 20),
    "notebook, one line": (lambda n: notebook([code("x" * n)]), read_cells, 8 << 20),
    "notebook, copies of a cell": (answers, lambda d: _try(take, d), 2_000),
    "notebook, definitions": (lambda n: notebook([code("def \n" * n)]), lambda d: _try(take, d),
                              200_000),
    "notebook, blanks": (lambda n: notebook([code("def" + " " * n)]), lambda d: _try(take, d),
                         1_000_000),
    "outputs": (lambda n: notebook([code("", outputs=[{"text": "0.91 " * n}])]), printed_text,
                1 << 18),
    "outputs, digits": (lambda n: notebook([code("", outputs=[{"text": ["9" * n]}])]),
                        printed_text, 8 << 20),
    "printed accuracy": (lambda n: ("train " + "9." * n)[:100_000], lambda t: A1.explain_claim(
        t, 0.5, 10), 50_000),
    "magics, blanks": (lambda n: "%x\n" + " " * n + "(", without_magics, 1_000_000),
    "magics, commas": (lambda n: "%x\n" + "a, " * n, without_magics, 300_000),
    "magics, lines": (lambda n: "!ls\n" * n, without_magics, 200_000),
    "source, lines": (lambda n: "x = 1\n" * n, part, 150_000),
    "source, blanks": (lambda n: " " * n, lambda t: essence(t), 8 << 20),
    "logs, lines": (lambda n: b'{"epoch": 1, "valid_acc": 0.5}\n' * n, log, 50_000),
    "logs, words": (lambda n: b"0.5 " * n, lambda d: log(b"{}", valid_acc=d), 400_000),
    "logs, digits": (lambda n: b'{"valid_acc": "' + b"9" * n + b'"}', log, 1 << 20),
    "names, clean": (lambda n: "\x1b[" * n, clean, 1 << 22),
    "names, recognise": (lambda n: " (1)" * n, lambda t: recognise(t, ["vit_solution"]), 1 << 20),
    "names, folded": (lambda n: "a_" * n, folded, 1 << 18),
    "names, platforms": (lambda n: ["_1" * 120 + str(i) for i in range(n)], lambda names: [
        read(name, False) for name in names for read in PLATFORMS.values()], 4_000),
    "names, layout": (lambda n: n, layout_of, 4_000),
    "names, assignments": (lambda n: ["a_" * 100] * n, without_assignment, 40_000),
    "names, repositories": (lambda n: ["a-" * 100 + str(i) for i in range(n)], without_prefix,
                            40_000),
    "metadata": (lambda n: "".join(f"submission_{i}:\n  :submitters:\n  - :name: A\n"
                                   for i in range(n)).encode(), submitters, 3_000),
    "attribute chain": (lambda n: ast_of("torch" + ".a" * n), lambda tree: [
        dotted(tree.value, {"torch": "torch"}), aliases_of(tree)], 1_500),
}  # fmt: skip


def ast_of(text: str) -> Any:
    import ast

    return ast.parse(text).body[0]


def _try(read: Callable[[Any], Any], data: Any) -> Any:
    try:
        return read(data)
    except (Unreadable, Refused, ValueError):
        return None


def seconds(read: Callable[[Any], Any], data: Any) -> float:
    """The fastest of three, in processor time: how busy the machine is does not count."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        _try(read, data)
        best = min(best, time.process_time() - started)
    return best


@pytest.mark.parametrize("name", PARSERS)
def test_time_grows_with_the_size_and_no_faster(name: str) -> None:
    """Eight times the size may take 24 times as long; what is quadratic takes 64 times."""
    make, read, most = PARSERS[name]
    small, large = seconds(read, make(most // 8)), seconds(read, make(most))
    assert large < 24 * small + 0.05, f"{small:.4f} s, then {large:.4f} s"
    assert large < 5


# --- fuzzing ----------------------------------------------------------------------------------


def raises_only(kinds: tuple[type[Exception], ...], read: Callable[[], Any]) -> None:
    """Anything else would end the reading of that student without a sentence."""
    try:
        read()
    except kinds as error:
        assert str(error)


ARCHIVES = [zipped(LAYOUTS["canvas"]()), tarred(LAYOUTS["moodle"](), "w"),
            tarred(LAYOUTS["canvas"](), "w:xz"), seven_zipped(LAYOUTS["canvas"]())]  # fmt: skip
NOTEBOOK = (A1.release / "main.ipynb").read_bytes()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
CUTS = st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=4)), max_size=5)
FIELDS = ["sources", "modules", "problems", "notes", "blob", "no_attachment", "printed", "runs",
          "belongs_to", "parts", "syntax"]  # fmt: skip


def changed(data: bytes, cuts: list[tuple[int, bytes]], end: int) -> bytes:
    """A file with some bytes overwritten, and cut off somewhere."""
    text = bytearray(data)
    for place, new in cuts:
        start = place % len(text)
        text[start : start + len(new)] = new
    return bytes(text[: len(text) - end % len(text)])


def fuzz_archives(which: int, cuts: list[tuple[int, bytes]], end: int) -> None:
    raises_only((Refused,), lambda: unpack(changed(ARCHIVES[which], cuts, end)))


def fuzz_bytes(data: bytes, text: str) -> None:
    raises_only((Refused,), lambda: unpack(data))
    raises_only((Unreadable,), lambda: read_cells(data))
    raises_only((Unreadable,), lambda: take(NOTEBOOK[: len(data) * 40] + data))
    raises_only((ValueError,), lambda: decode(Entry(PurePosixPath("a.py"), data)))
    raises_only((), lambda: log(data, valid_acc=data))
    raises_only((), lambda: printed_text(data))
    for shown in (clean(text), clean_path(text)):
        assert shown.encode() is not None and "\x1b" not in shown and "\n" not in shown
    raises_only((), lambda: recognise(text, ["vit_solution"]))
    raises_only((), lambda: without_magics(text))
    for read in PLATFORMS.values():
        raises_only((), lambda read=read: [read(text, False), read(text, True)])


def fuzz_notebook(cells: Any, more: dict[str, Any]) -> None:
    data = json.dumps({"nbformat": 4, "cells": cells} | more).encode()
    raises_only((Unreadable,), lambda: take(data))
    raises_only((), lambda: printed_text(data))


def fuzz_document(document: dict[str, Any]) -> None:
    raises_only((NotInOrder,), lambda: fill(Submission("s"), document, ["vit_solution"]))


def fuzz_names(names: list[str]) -> None:
    tree = ArchiveTree({clean_path(name): 0.0 for name in names if name.strip("/. ")})
    raises_only((), lambda: find_layout(tree, A2, in_archive=True))
    raises_only((), lambda: find_layout(tree, A2, in_archive=False))


FUZZED: dict[str, tuple[Callable[..., None], list[st.SearchStrategy[Any]]]] = {
    "archives": (fuzz_archives, [st.integers(0, 3), CUTS, st.integers(0, 500)]),
    "bytes": (fuzz_bytes, [st.binary(max_size=300), st.text(max_size=60)]),
    "notebook": (fuzz_notebook, [JSON | st.lists(st.fixed_dictionaries(
        {"cell_type": st.just("code"), "source": JSON, "metadata": JSON, "outputs": JSON}),
        max_size=3), st.dictionaries(st.sampled_from(["nbformat", "metadata"]), JSON)]),
    "document": (fuzz_document, [st.dictionaries(st.sampled_from(FIELDS), JSON)]),
    "names": (fuzz_names, [st.lists(st.text("ab1_-+ /.()", max_size=30) | st.sampled_from(
        ["x_1_2_vit_solution.py", "a/vit_solution.py", "index.html", "b.zip"]), max_size=8)]),
}  # fmt: skip


@pytest.mark.parametrize("name", FUZZED)
def test_nothing_makes_a_parser_raise(name: str) -> None:
    check, values = FUZZED[name]
    settings(max_examples=60)(given(*values)(check))()


@pytest.mark.slow
@pytest.mark.parametrize("name", FUZZED)
def test_nothing_makes_a_parser_raise_for_long(name: str) -> None:
    check, values = FUZZED[name]
    settings(max_examples=5_000)(given(*values)(check))()


@given(data=st.binary(max_size=300))
def test_a_roster_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "roster.csv"
    path.write_bytes(data)
    raises_only((CourseError,), lambda: read_roster(path))
