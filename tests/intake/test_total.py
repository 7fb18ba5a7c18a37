"""Anything that is submitted gets a reason of its own, and costs the next student nothing."""

from __future__ import annotations

import io
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import CourseAssignment, CourseError
from autograder.intake.collect import unpack_payload
from autograder.intake.discover import find_submissions
from autograder.intake.reader import send
from autograder.intake.record import NotInOrder, Submission, fill
from autograder.intake.submission import read_class, read_submission, require_reader
from autograder.kit.frames import BadFrame, Bounds, FrameReader
from autograder.kit.verdict import Ending
from autograder.sandbox.client import Sandbox
from autograder.sandbox.job import Outcome
from tests.intake.platforms import of, seven_zipped, tarred, write, zipped

GOOD = zipped(of("anna"))


def lzma_member() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("vit_solution.py", os.urandom(4_000))
    data = bytearray(buffer.getvalue())
    data[60:1_000] = bytes(940)
    return bytes(data)


def negative_offset() -> bytes:
    """The central directory says that it begins before the file does."""
    data = bytearray(GOOD)
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<L", data, end + 16, struct.unpack_from("<L", data, end + 16)[0] + 500)
    return bytes(data)


def one_name_for_two() -> bytes:
    data = zipped({"vit_solution.py": b"A = 1", "VIT_SOLUTION.py": b"B = 2"})
    return data


def many_levels() -> bytes:
    data = GOOD
    for level in range(40):
        data = zipped({f"{level}.zip": data})
    return data


def tar_bomb() -> bytes:
    """A gzip of two gigabytes of zeros in one member that nobody wants."""
    info = tarfile.TarInfo("zeros.bin")
    info.size = 2 << 30
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    parts = [packer.compress(info.tobuf())]
    parts += [packer.compress(bytes(1 << 20)) for _ in range(2 << 10)]
    return b"".join(parts) + packer.flush()


def links_and_devices() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in (("vit_solution.py", tarfile.SYMTYPE), ("b.py", tarfile.CHRTYPE),
                           ("c.py", tarfile.LNKTYPE), ("d.py", tarfile.FIFOTYPE)):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    return buffer.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "damaged LZMA member": ("a.zip", lzma_member),
    "negative offset": ("a.zip", negative_offset),
    "truncated zip": ("a.zip", lambda: GOOD[:-40]),
    "truncated gzip": ("a.tar.gz", lambda: tarred(of("anna"), "w:gz")[:60]),
    "truncated 7z": ("a.7z", lambda: seven_zipped(of("anna"))[:-20]),
    "7z of nothing but its mark": ("a.7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(26)),
    "archive in an archive, 40 times": ("a.zip", many_levels),
    "two gigabytes of zeros": ("a.tgz", tar_bomb),
    "links and devices": ("a.tar", links_and_devices),
    "names that are not UTF-8": ("a.zip", lambda: zipped({"caf\udce9.py".encode(
        "utf-8", "replace").decode(): b"x"}).replace(b"caf?", b"caf\xe9")),
    "names with terminal sequences": ("a.zip", lambda: zipped({"\x1b[2J\x07.py": b"x"})),
    "names of 60,000 bytes": ("a.zip", lambda: zipped({"x" * 60_000 + ".py": b"x"})),
    "a path of 30,000 folders": ("a.zip", lambda: zipped({"a/" * 30_000 + "b.py": b"x"})),
    "RAR": ("a.zip", lambda: b"Rar!\x1a\x07\x00" + bytes(50)),
    "nothing": ("a.zip", lambda: b""),
    "noise": ("a.zip", lambda: os.urandom(100_000)),
    "deep JSON": ("main.ipynb", lambda: b"[" * 5_000_000),
    "long number": ("main.ipynb", lambda: b'{"nbformat": ' + b"9" * 1_000_000 + b"}"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("where", ["alone", "in a folder", "in a zip"])
def test_it_costs_nobody_else_and_has_a_reason(
    what: str, where: str, tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    name, make = HOSTILE[what]
    theirs = {"alone": {f"mallory_{name}": make()}, "in a folder": {f"mallory/{name}": make()},
              "in a zip": {"mallory.zip": zipped({name: make()})}}[where]  # fmt: skip
    write({**theirs, "zoe/vit_solution.py": b"A = 1\n", "zoe/lstm_solution.py": b"B = 1\n"},
          tmp_path)  # fmt: skip
    if where == "alone" and not name.startswith("a."):
        pytest.skip("a notebook that lies loose belongs to nobody")
    found = find_submissions(tmp_path, a2, sandbox)
    mallory, zoe = read_class(found.submissions, a2, sandbox)
    assert zoe.problems == {} and zoe.student == "zoe"
    assert set(mallory.problems) == {"vit_solution", "lstm_solution"}
    for problem in mallory.problems.values():
        assert problem.message.isprintable() and 20 < len(problem.message) < 2_100
    for note in mallory.notes:
        assert note.isprintable()


def test_a_damaged_member_costs_itself_only(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    data = zipped(of("anna"))
    place = data.index(b"vit_solution.py") + len("vit_solution.py") + 2
    (tmp_path / "a.zip").write_bytes(data[:place] + b"\xff\xff" + data[place + 2 :])
    read = read_submission(tmp_path / "a.zip", a2, sandbox)
    assert set(read.problems) == {"vit_solution"}
    assert "`vit_solution.py` cannot be read" in read.problems["vit_solution"].message


def test_a_broken_archive_beside_the_files_costs_nothing(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    write({**of("anna"), "old.zip": b"PK\x03\x04 broken"}, tmp_path)
    read = read_submission(tmp_path, a2, sandbox)
    assert read.problems == {} and "old.zip is not a zip file" in read.notes[0]


def test_an_attribute_chain_of_1500_names_is_graded_like_any_other(workspace) -> None:  # type: ignore[no-untyped-def]
    workspace.change("", head="import torch\nif 0:\n    torch" + ".a" * 1_500 + "\n")
    assert workspace.grade().score == 37


@pytest.mark.parametrize("text", ["(" * 90_000, "x" + ".a" * 90_000, "-" * 90_000 + "1",
                                  "a" + "[0]" * 90_000, "f" * 900_000])  # fmt: skip
def test_what_makes_a_compiler_fail_is_a_syntax_error_of_that_part_only(
    text: str, tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    write({**of("anna"), "vit_solution.py": text.encode()}, tmp_path)
    read = read_submission(tmp_path, a2, sandbox)
    assert read.problems == {}
    assert read.parts["lstm_solution"].state != "missing"


class Broken:
    """A sandbox whose children answer with something else."""

    def __init__(self, answer: Callable[[dict[str, object], int], None], ending: Ending) -> None:
        self._answer, self._ending = answer, ending

    def reader(self, program: str, payload: bytes, file: int | None = None) -> Outcome:
        read, write_to = os.pipe()
        self._answer(unpack_payload(payload)[0], write_to)
        os.close(write_to)
        data = os.read(read, 1 << 16)
        os.close(read)
        try:
            return Outcome(list(FrameReader(Bounds(1 << 20)).feed(data)), self._ending)
        except BadFrame as error:
            return Outcome([], Ending(unreadable=str(error)))


def _only_empty(request: dict[str, object], out: int) -> None:
    if request.get("empty"):
        send(out, "submission", {"empty": True})


@pytest.mark.parametrize(
    ("ending", "says"),
    [
        (Ending(timed_out=True), "reading it took too long"),
        (Ending(signal=9), "too much memory"),
        (Ending(), "could not be read"),
    ],
)
def test_a_child_that_dies_is_that_students_reason(
    ending: Ending, says: str, tmp_path: Path, a2: CourseAssignment
) -> None:
    write(of("anna"), tmp_path)
    read = read_submission(tmp_path, a2, Broken(_only_empty, ending))
    assert {problem.status for problem in read.problems.values()} == {"refused"}
    assert says in read.problems["vit_solution"].message


def test_where_nothing_can_be_read_at_all_the_class_stops_with_a_sentence(
    tmp_path: Path, a2: CourseAssignment
) -> None:
    write(of("anna"), tmp_path)
    broken = Broken(lambda request, out: None, Ending(signal=9))
    with pytest.raises(CourseError, match="cannot be read on this machine"):
        read_submission(tmp_path, a2, broken)


def test_an_empty_request_shows_that_the_reader_works(sandbox: Sandbox) -> None:
    require_reader(sandbox)


@pytest.mark.parametrize("document", [
    {}, {"sources": []}, {"sources": {"a": {"b": 1}}}, {"sources": {}, "modules": {"x": "y"}},
    {"sources": {}, "modules": {}, "problems": {"vit_solution": ["passed", "x"]}},
])  # fmt: skip
def test_a_document_of_another_form_is_believed_in_nothing(document: dict[str, object]) -> None:
    with pytest.raises(NotInOrder):
        fill(Submission("s"), document, ["vit_solution", "lstm_solution"])


def test_memory_does_not_grow_with_the_class(
    tmp_path: Path, a2: CourseAssignment, sandbox: Sandbox
) -> None:
    import tracemalloc

    for n in range(12):
        write({**of(f"s{n}"), "vit.pt": bytes(10 << 20)}, tmp_path / f"s{n}")
    found = find_submissions(tmp_path, a2, sandbox)
    tracemalloc.start()
    assert sum(len(one.attachment) for one in read_class(found.submissions, a2, sandbox)) == 12 * (
        10 << 20
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 << 20  # of 120 MB that were submitted; some copies of one are in memory
