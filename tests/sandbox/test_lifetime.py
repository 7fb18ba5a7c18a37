"""No process outlives the grader, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course import ROOT, find_assignment
from autograder.kit.values import Run
from autograder.sandbox.client import Sandbox
from autograder.sandbox.job import Job
from autograder.sandbox.limits import Limits
from tests.conftest import A2

# Two workers grade submissions that sleep; then the whole batch waits.
BATCH = """
import sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from autograder.sandbox.lifetime import die_with_parent
from tests.sandbox.test_lifetime import sleep_in_a_child

if __name__ == "__main__":
    pool = ProcessPoolExecutor(2, get_context("spawn"), initializer=die_with_parent)
    work = [pool.submit(sleep_in_a_child, check) for check in sys.argv[1:]]
    print("started", flush=True)
    [one.result() for one in work]
"""
CHECKS = ["layer_norm_values", "lstm_forward_states"]


def open_sandbox() -> Sandbox:
    return Sandbox(A2, find_assignment(A2).reference_files, Limits(wall_seconds=60.0))


def job(code: str, check: str) -> Job:
    return Job({"own": {"own.py": code}}, "own", [Run(check)], 0)


def sleep_in_a_child(check: str) -> None:
    """A worker's piece of work: a submission that sleeps."""
    with open_sandbox() as sandbox:
        sandbox.student(job("import time; time.sleep(60)", check))


def processes(marker: str) -> set[int]:
    """All processes that were started with a marker in their environment, zombies apart."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if marker.encode() in (entry / "environ").read_bytes():
                    found.add(int(entry.name))
            except OSError:
                continue
    return found


def wait_until(condition: object, seconds: float) -> float:
    """How long it took until `condition()` held; fails if it does not in time."""
    assert callable(condition)
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds
        time.sleep(0.05)
    return time.monotonic() - started


@pytest.fixture
def batch(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A running batch, and the marker of its processes."""
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    script = tmp_path / "batch.py"
    script.write_text(BATCH)
    # The one variable that reaches every process of ours.
    path = f"{ROOT}{os.pathsep}{tmp_path / marker}"
    with subprocess.Popen(
        [sys.executable, str(script), *CHECKS], env={**os.environ, "PYTHONPATH": path}
    ) as process:
        try:
            yield process, marker
        finally:
            process.kill()
            for pid in processes(marker):
                os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_of(pid: int) -> str:
    """The command line of a process that may be gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


# The batch, multiprocessing's own helper, two workers, and for each a fork server, a base and a
# child; the check without a ban has no base. Only root sees the environment of a child.
ALL = 1 + 1 + 2 + 2 + 1 + 2 * (os.geteuid() == 0)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_after_a_killed_batch_no_process_is_left(
    batch: tuple[subprocess.Popen[bytes], str], number: int
) -> None:
    process, marker = batch
    wait_until(lambda: len(processes(marker)) >= ALL, 60)
    os.kill(process.pid, number)
    assert wait_until(lambda: not processes(marker), 5) < 5


def test_a_batch_that_is_killed_while_it_starts_leaves_nothing_either(
    batch: tuple[subprocess.Popen[bytes], str],
) -> None:
    process, marker = batch
    starting = "autograder.sandbox "
    wait_until(lambda: any(starting in command_of(pid) for pid in processes(marker)), 60)
    process.kill()
    assert wait_until(lambda: not processes(marker), 5) < 5


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox() as sandbox:
        yield sandbox


def loads(sandbox: Sandbox, check: str = CHECKS[0]) -> bool:
    outcome = sandbox.student(job("x = 1", check))
    return "load" in [frame.tag for frame in outcome.frames]


@pytest.mark.parametrize("victim", ["fork server", "base"])
def test_a_killed_process_is_replaced_and_the_job_done(sandbox: Sandbox, victim: str) -> None:
    assert loads(sandbox)
    assert sandbox._process is not None
    server = sandbox._process.pid
    (base,) = children(server)
    os.kill({"fork server": server, "base": base}[victim], signal.SIGKILL)
    assert loads(sandbox)
    wait_until(lambda: not Path(f"/proc/{base}").exists(), 5)


def test_a_base_is_made_once_per_ban_and_lives_on(sandbox: Sandbox) -> None:
    assert loads(sandbox)
    assert sandbox._process is not None
    before = children(sandbox._process.pid)
    assert loads(sandbox)
    assert loads(sandbox, CHECKS[1])
    assert children(sandbox._process.pid) == before
