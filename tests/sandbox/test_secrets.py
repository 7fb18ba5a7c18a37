"""No process that runs student code can see the reference or a verdict: wherever it looks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.course import ROOT, find_assignment
from autograder.grading.grader import Grader
from autograder.grading.reference import reference_modules
from tests.conftest import A2, Workspace

# A spy is code at the head of a submission. It leaves what it found in FOUND, and LayerNorm
# raises it, so that it arrives as the text of a message.
HEAD = """
import os as _os, sys as _sys, gc as _gc, json as _json
MARKERS = {markers}
FOUND = []
def look(where, text):
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    for marker in MARKERS:  # spelled backwards: the spy must not find itself
        if marker in text[::-1]:
            FOUND.append(where)
"""
TELL = """
class LayerNorm:
    def forward(self, inputs):
        raise ValueError("FOUND " + _json.dumps([str(f)[:80] for f in FOUND][:20]))
"""


def markers() -> list[str]:
    """Pieces of the reference."""
    text = reference_modules(find_assignment(A2))["lstm_solution"]["lstm_solution.py"]
    assert "per_sequence = (nll * mask)" in text
    return ["per_sequence = (nll", "embedded = self.embedding(inp"]


def spy(workspace: Workspace, code: str) -> list[str]:
    """What a spy found. The reference's LSTM is what it looks for; its own file is the ViT's."""
    (workspace.folder / "lstm_solution.py").unlink()  # the right answer must not be the spy's own
    backwards = [marker[::-1] for marker in markers()]
    workspace.change(TELL, head=HEAD.replace("{markers}", repr(backwards)) + code + "\n")
    checks = {check.id: check for check in workspace.grade().checks}
    message = checks["layer_norm_values"].message
    assert "FOUND " in message, message
    found: list[str] = json.JSONDecoder().raw_decode(message, message.rindex("FOUND ") + 6)[0]
    return found


def test_a_spy_that_holds_a_piece_of_the_reference_would_be_noticed(workspace: Workspace) -> None:
    assert spy(workspace, f"look('here', {markers()[0]!r} + 'x')") == ["here"]


WALK = """
for top in {tops}:
    for folder, _, files in _os.walk(top):
        for name in files:
            if name.endswith((".py", ".pyc", ".json", ".bin", ".ipynb")):
                path = _os.path.join(folder, name)
                if "site-packages" in path or "lib/python3" in path:
                    continue
                try:
                    look(path, open(path, "rb").read(1 << 20))
                    FOUND.append("read " + path)
                except OSError:
                    pass
"""


def test_not_on_the_disk(workspace: Workspace) -> None:
    own = [str(ROOT / name) for name in ("solutions", "autograder", "tests", "assignments")]
    tops = [*own, "/tmp", "/home", "/root", "/dev/shm", "/var/tmp"]
    assert spy(workspace, WALK.format(tops=tops)) == []


def test_not_by_its_name(workspace: Workspace) -> None:
    reference = find_assignment(A2).reference
    names = [str(path) for path in reference.glob("*.py")] + [str(reference)]
    code = f"""
for path in {names!r} + ["/proc/self/root" + p for p in {names!r}]:
    reads = (lambda: open(path).read(), lambda: _os.listdir(path), lambda: _os.open(path, 0))
    for attempt in reads:
        try:
            attempt(); FOUND.append(path)
        except OSError:
            pass
"""
    assert spy(workspace, code) == []


def test_not_in_memory(workspace: Workspace) -> None:
    code = """
for thing in _gc.get_objects():
    try:
        if isinstance(thing, dict):
            for key, value in list(thing.items()):
                if isinstance(value, (str, bytes)): look("dict " + str(key), value)
        elif isinstance(thing, (list, tuple, set)):
            for value in list(thing):
                if isinstance(value, (str, bytes)): look("sequence", value)
    except Exception:
        pass
"""
    assert spy(workspace, code) == []


def test_not_in_frames_or_modules(workspace: Workspace) -> None:
    code = """
frame = _sys._getframe()
while frame:
    for key, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):
        if key != "MARKERS": look("frame " + key, repr(value)[:100000])
    frame = frame.f_back
for name in list(_sys.modules):
    if name.startswith("autograder") and any(
        room in name for room in ("judge", "misconception", "gradebook", "frontends", "release")
    ):
        FOUND.append(name)
"""
    assert spy(workspace, code) == []


def test_not_in_proc_or_the_environment(workspace: Workspace) -> None:
    code = """
for pid in [*range(1, 400), _os.getppid(), "self"]:
    for part in ("environ", "cmdline", "maps", "mem", "fd", "root", "cwd", "stack"):
        path = f"/proc/{pid}/{part}"
        try:
            look(path, open(path, "rb").read(1 << 16)); FOUND.append(path)
        except OSError:
            pass
look("environment", repr(dict(_os.environ)))
for name in _os.environ:
    if "SECRET" in name or "TOKEN" in name or name == "USER":
        FOUND.append(name)
"""
    assert spy(workspace, code) == []


def test_not_through_open_descriptors(workspace: Workspace) -> None:
    code = """
for number in range(4, 256):
    try:
        _os.fstat(number); FOUND.append(f"descriptor {number}")
    except OSError:
        pass
try:
    look("channel", _os.read(3, 100)); FOUND.append("the channel can be read")
except OSError:
    pass
"""
    assert spy(workspace, code) == []


@pytest.mark.parametrize(
    "module",
    [
        "autograder.grading.oracle_child",
        "autograder.grading.grader",
        "autograder.assignments.a2_lstm_and_vit.misconceptions_vit",
        "lstm_solution",
        "solutions.a2_lstm_and_vit.vit_solution",
        "tests.submissions.build",
    ],
)
def test_not_by_import(workspace: Workspace, module: str) -> None:
    code = f"""
import importlib
_sys.path += {[str(ROOT), str(ROOT / "solutions" / A2)]!r}
try:
    importlib.import_module({module!r}); FOUND.append({module!r})
except Exception:
    pass
"""
    assert spy(workspace, code) == []


def test_not_by_looking_into_the_parent(workspace: Workspace) -> None:
    code = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
parent = _os.getppid()
if libc.ptrace(16, parent, 0, 0) == 0:
    FOUND.append("ptrace")
buffer = ctypes.create_string_buffer(64)
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
here, there = Vector(ctypes.addressof(buffer), 64), Vector(id(libc), 64)
if libc.process_vm_readv(parent, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) > 0:
    FOUND.append("process_vm_readv")
"""
    assert spy(workspace, code) == []


def test_no_file_of_the_repository_can_be_read_by_any_way_round(workspace: Workspace) -> None:
    link = Path("/tmp") / "way_round"
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT / "solutions")
    try:
        code = f"""
for path in ({str(link)!r}, {str(link / A2 / "vit_solution.py")!r}, "/proc/1/root/etc/hostname"):
    try:
        _os.stat(path); open(path).read(); FOUND.append(path)
    except OSError:
        pass
"""
        assert spy(workspace, code) == []
    finally:
        link.unlink()


def memory_of(pid: int) -> list[bytes]:
    """All private writable memory of a process."""
    found = []
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        for line in maps:
            span, rights, *_ = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if rights.startswith("rw") and end - start < 1 << 30:
                try:
                    memory.seek(start)
                    found.append(memory.read(end - start))
                except (OSError, ValueError):
                    continue
    return found


def test_not_in_the_memory_a_child_inherits(workspace: Workspace, grader: Grader) -> None:
    """Neither the reference nor an earlier submission is in what children are forked from."""
    mine = "a_remark_in_an_earlier_submission"
    workspace.change(TELL, head=f"FOUND = []\nimport json as _json\n# {mine}\n")
    assert workspace.grade().score < 37
    process = grader.sandbox._process
    assert process is not None
    bases = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert bases
    for pid in (process.pid, *map(int, bases)):
        try:
            inherited = memory_of(pid)
        except PermissionError:
            pytest.skip("this user may not look into the memory of processes")
        assert sum(map(len, inherited)) > 50 << 20
        assert any(b"layer_norm_values" in part for part in inherited)  # what is there is found
        for text in (*markers(), mine):
            assert not any(text.encode() in part for part in inherited), text
