"""The warm process: has imported torch and an assignment's probes, and forks a child per job.

Started by `autograder.sandbox.client`, one per worker. It talks to the grader over the socket
it inherits as standard input: length-prefixed JSON, plus the pipe a child writes to as a file
descriptor. What a child is to do comes in a sealed parcel, a second descriptor, which only that
child reads: no submission and no reference ever passes through the zygote's memory, and so none
is found in that of a later child. The reference is loaded by children of another kind, the
oracle's, which never run student code.
"""

from __future__ import annotations

import copy
import functools
import gc
import importlib
import mmap
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.kit import removal
from autograder.kit.check import Check, load_checks
from autograder.sandbox import child, escape_test
from autograder.sandbox.confine import Confinement, Limits, confine, prepare
from autograder.sandbox.job import Job, MappedFile, open_parcel
from autograder.sandbox.messages import receive, send


def main() -> None:
    """Serve jobs until the grader closes the socket."""
    torch.set_num_threads(1)  # before the first operation: a pool of threads does not survive fork
    channel = socket.socket(fileno=os.dup(0))
    greeting, _ = receive(channel)
    assignment = greeting["assignment"]
    hidden = [Path(path) for path in greeting["hidden"]]
    sys.path[:] = [path for path in sys.path if path and Path(path).resolve() not in hidden]
    checks = load_checks(assignment)
    bans = {ban.name: ban for check in checks.values() if (ban := check.question.ban)}
    removals = {name: removal.prepare(ban) for name, ban in bans.items()}
    confinement = prepare(hidden) if sys.platform == "linux" else None
    warm_up()
    gc.collect()
    gc.freeze()
    breaches = escape_test.breaches(confinement, Limits(**greeting["limits"]), greeting["secret"])
    send(channel, {
        "layers": confinement.layers if confinement else [],
        "breaches": breaches,
        "catalogue": [asdict(one.info()) for one in checks.values()],
        "torch": torch.__version__,
    })  # fmt: skip
    while True:
        try:
            request, descriptors = receive(channel)
        except EOFError:
            return
        limits = Limits(**request["limits"])
        out, *work = descriptors
        start = functools.partial(_start, request, work, checks, removals, confinement, limits)
        status = supervise(start, limits, out)
        for descriptor in work:
            os.close(descriptor)
        send(channel, status)


def warm_up() -> None:
    """Touch what every child would otherwise have to set up for itself. Never backward."""
    for dtype in (torch.float64, torch.float32):
        layers = [
            nn.Linear(4, 4),
            nn.LayerNorm(4),
            nn.GRU(4, 4, batch_first=True, bidirectional=True),
            nn.LSTM(4, 4, batch_first=True),
            nn.Conv1d(3, 4, 2),
            nn.TransformerEncoderLayer(4, 2, 8, batch_first=True),
        ]
        for layer in layers:
            copy.deepcopy(layer).to(dtype)(torch.ones(2, 3, 4, dtype=dtype))
    torch.ones(2, 3).softmax(-1).argmax(-1)
    np.random.Generator(np.random.PCG64([0, 1])).standard_normal((2, 2))
    readers = ("autograder.intake.reader", "autograder.intake.listing")
    for name in ("einops", "safetensors.torch", "torch.nn.utils.parametrizations", *readers):
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def _start(
    request: dict[str, Any],
    work: list[int],
    checks: dict[str, Check],
    removals: dict[str, removal.Removal],
    confinement: Confinement | None,
    limits: Limits,
    out: int,
) -> None:
    """What a fresh child does: the oracle's program, or a student's job."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if request["kind"] == "oracle":
        # By name: nothing that is imported in this file leads to the reference.
        importlib.import_module(request["program"]).main(open_parcel(work[0]), checks, out)
        return
    if request["kind"] == "reader":
        payload = open_parcel(work[0])
        mapped = MappedFile(work[1], 0, prot=mmap.PROT_READ) if len(work) > 1 else None
        program = importlib.import_module(request["program"])  # before confinement hides our code
        if confinement is not None and not request["unconfined"]:
            out = confine(confinement, limits, out)
        program.main(payload, out, mapped)
        return
    job = Job.from_bytes(open_parcel(work[0]))
    used = None if request["unconfined"] else confinement
    child.run_student(job, checks, removals, used, limits, out)


def supervise(start: Callable[[int], None], limits: Limits, out: int) -> dict[str, Any]:
    """Fork, wait at most `wall_seconds`, kill what is left, report how it ended."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    deadline = time.monotonic() + limits.wall_seconds
    pid = os.fork()
    if pid == 0:
        try:
            start(out)
        finally:
            os._exit(0)
    os.close(out)
    handle = os.pidfd_open(pid)
    ended, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
    if not ended:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(handle)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "timed_out": not ended,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "exit": os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1,
        "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }


if __name__ == "__main__":
    main()
