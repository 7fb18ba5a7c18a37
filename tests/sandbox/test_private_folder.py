"""A child has a place to write: small, its own, and gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.course import ROOT
from autograder.sandbox import private_folder
from autograder.sandbox.limits import Limits
from tests.conftest import Workspace

# Runs pieces of code in confined children, one after the other, and says how each went.
RUN = """
import json, os, sys, time, traceback
from autograder.sandbox import private_folder
from autograder.sandbox.confine import confine, prepare
from autograder.sandbox.limits import Limits
from autograder.sandbox.supervise import supervise
place, limits, codes = sys.argv[1], Limits(**json.loads(sys.argv[2])), json.loads(sys.argv[3])
open_folders = {
    "mounted": private_folder.open_private_folders, "plain": private_folder.open_plain_folders
}
folders = open_folders[place]()
confinement = prepare([], folders)
ends = []
for code in codes:
    read, write = os.pipe()
    def start(out):
        out = confine(confinement, limits, out)
        try:
            exec(code, {"say": lambda text: os.write(out, str(text).encode())})
        except BaseException:
            os.write(out, traceback.format_exc().encode())
    started = time.monotonic()
    end = supervise(start, limits, write, folders)
    os.close(write)
    said = os.fdopen(read).read()
    ends.append(end | {"said": said, "seconds": time.monotonic() - started,
                       "left": sorted(os.listdir(folders.root)) if not folders.mounted else []})
folders.close()
print(json.dumps({"mounted": folders.mounted, "root": str(folders.root), "ends": ends}))
"""


@dataclass(frozen=True)
class End:
    """How a child ended."""

    said: str
    seconds: float
    left: list[str]
    timed_out: bool
    signal: int
    cpu_seconds: float


def run(place: str, *codes: str, **limits: Any) -> list[End]:
    """Run code in confined children that share nothing but the place of their folders."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, place, json.dumps(limits), json.dumps(codes)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    if place == "mounted" and not found["mounted"]:
        pytest.skip("nothing can be mounted here")
    assert found["mounted"] or not Path(found["root"]).exists()
    return [End(**end) for end in found["ends"]]


PLACES = pytest.mark.parametrize("place", ["mounted", "plain"])

USE = """
import os, pathlib, shutil, tempfile
with tempfile.TemporaryFile() as file: file.write(b"x")
with tempfile.NamedTemporaryFile() as file: file.write(b"x")
with tempfile.TemporaryDirectory() as folder: pathlib.Path(folder, "a").write_text("b")
os.makedirs("runs/first", exist_ok=True)
pathlib.Path("runs/first/log.txt").write_text("done")
os.rename("runs/first", "runs/second")
assert pathlib.Path.home() == pathlib.Path.cwd() == pathlib.Path(tempfile.gettempdir())
assert pathlib.Path(os.environ["MPLCONFIGDIR"]) == pathlib.Path.cwd()
say(sorted(str(path) for path in pathlib.Path(".").rglob("*")))
shutil.rmtree("runs")
"""


@PLACES
def test_what_programs_write_every_day_can_be_written(place: str) -> None:
    (end,) = run(place, USE)
    assert end.said == "['runs', 'runs/second', 'runs/second/log.txt']"


@PLACES
def test_the_next_child_finds_an_empty_folder(place: str) -> None:
    leave = "import os; open('mine', 'w').write('secret'); say(os.listdir('.'))"
    first, second = run(place, leave, "import os; say(os.listdir('.'))")
    assert (first.said, second.said) == ("['mine']", "[]")
    assert first.left == []


@PLACES
def test_one_file_is_bounded(place: str) -> None:
    (end,) = run(place, "open('big', 'wb').write(bytes(3 << 20))", file_bytes=1 << 20)
    assert "File too large" in end.said


FILL = """
import os, time
size = number = 0
try:
    while True:
        with open(f"{number}", "wb") as file: file.write(bytes(PIECE))
        size += PIECE; number += 1
        if number % 200 == 0: time.sleep(0.02)
except OSError as error:
    say(f"{error.strerror} {number} {size}"); time.sleep(0.2)
"""


@PLACES
@pytest.mark.parametrize("piece", [0, 1 << 20])
def test_all_files_together_are_bounded(place: str, piece: int) -> None:
    code = FILL.replace("PIECE", str(piece)).replace("% 200", "% 4" if piece else "% 200")
    (end,) = run(place, code, wall_seconds=20.0, folder_bytes=8 << 20, folder_files=500)
    assert not end.timed_out
    assert end.left == []
    if place == "mounted":
        reason, number, size = end.said.rsplit(" ", 2)
        assert reason == "No space left on device"
        assert int(number) <= 500
        assert int(size) <= 8 << 20
    else:
        assert end.signal == signal.SIGKILL
        assert end.seconds < 10


NEST = """
import os
os.mkdir("odd \\n\\udcff"); os.mkdir("locked", 0)
open("locked file", "w").close()
try:
    for _ in range(800):
        os.mkdir("d" * 200); os.chdir("d" * 200); open("f" * 200, "w").close()
except OSError as error:
    say(error)
"""


@PLACES
def test_what_is_left_is_removed_however_deep_and_odd_it_is(place: str) -> None:
    (end, after) = run(place, NEST, "import os; say(os.listdir('.'))", folder_files=5_000)
    assert end.left == []
    assert end.seconds < 5
    assert after.said == "[]"


def test_bytes_in_files_that_have_been_removed_are_counted_by_what_is_free() -> None:
    folders = private_folder.open_plain_folders()
    assert folders is not None
    try:
        assert not folders.overfull(Limits(), folders.free())
        assert folders.overfull(Limits(), folders.free() + (1 << 30))
    finally:
        folders.close()
    assert not folders.root.exists()


def test_the_folder_of_a_killed_fork_server_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    program = (
        "import time; from autograder.sandbox.private_folder import open_plain_folders as go\n"
        "folders = go(); (folders.root / 'private').mkdir(); print(folders.root, flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        root = Path(process.stdout.readline().strip())
        alive = private_folder.open_plain_folders()
        assert root.exists()  # it is still in use
        process.kill()
    time.sleep(0.1)
    following = private_folder.open_plain_folders()
    assert not root.exists()
    for folders in (alive, following):
        assert folders is not None
        folders.close()
    assert os.listdir(tmp_path) == []  # noqa: PTH208


WRITES = """
import logging, os, tempfile
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch
os.makedirs("checkpoints", exist_ok=True)
torch.save({"a": torch.ones(3)}, "checkpoints/model.pt")
assert torch.load("checkpoints/model.pt")["a"].sum() == 3
plt.plot([1, 2]); plt.savefig("curve.png")
with tempfile.TemporaryDirectory() as folder: open(folder + "/x", "w").close()
logging.basicConfig(filename="train.log", force=True); logging.warning("begun")
open(os.path.expanduser("~/.cache"), "w").close()
"""


def test_a_right_submission_that_writes_files_keeps_its_points(workspace: Workspace) -> None:
    workspace.change("", head=WRITES)
    assert workspace.grade().score == 37
