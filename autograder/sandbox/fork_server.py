"""The warm process: has imported torch and an assignment's probes, and has children forked.

Started by `autograder.sandbox.client`, one per worker. It talks to the grader over the socket
it inherits as standard input: length-prefixed JSON, plus the pipe a child writes to as a file
descriptor. What a child is to do comes as a sealed payload, a second descriptor, which only that
child reads: no submission and no reference ever passes through the fork server's memory, and so
none is found in that of a later child. Students' children come from base processes, one per ban;
those of our own programs, and those of checks without a ban, from the fork server itself. The
reference is loaded by children of another kind, the oracle's, which never run student code.
"""

from __future__ import annotations

import copy
import functools
import gc
import importlib
import mmap
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.kit import removal
from autograder.kit.check import Check, load_checks
from autograder.sandbox import child, escape_test
from autograder.sandbox.base import Base, BaseBroken, BaseDied
from autograder.sandbox.confine import Confinement, confine, prepare
from autograder.sandbox.job import Job, MappedFile, unseal
from autograder.sandbox.lifetime import no_longer_follow
from autograder.sandbox.limits import Limits
from autograder.sandbox.messages import receive, send
from autograder.sandbox.private_folder import PrivateFolders
from autograder.sandbox.supervise import supervise


@dataclass
class ForkServer:
    """What is ready when a job comes."""

    checks: Mapping[str, Check]
    confinement: Confinement | None
    folders: PrivateFolders | None
    bases: dict[str, Base] = field(default_factory=dict)

    def serve(self, channel: socket.socket) -> None:
        """Do what the grader asks, until it closes the socket."""
        while True:
            request, descriptors = receive(channel)
            try:
                if request["ban"]:
                    answer = self._pass_on(request, descriptors, channel)
                else:
                    answer = self.run_child(request, descriptors, channel)
            except BaseDied:
                self.bases.pop(request["ban"], None)
                answer = {"died": True}
            except BaseBroken as error:
                answer = {"problem": f"the ban `{request['ban']}` cannot be applied ({error})"}
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)
            send(channel, answer)

    def _pass_on(
        self, request: dict[str, Any], descriptors: list[int], channel: socket.socket
    ) -> dict[str, Any]:
        """Have the base process of the ban do it; the first job of a ban makes one."""
        name = request["ban"]
        if name not in self.bases:
            bans = (check.question.ban for check in self.checks.values())
            ban = next(one for one in bans if one is not None and one.name == name)
            foreign = [*descriptors, channel.fileno()]
            self.bases[name] = Base(removal.prepare(ban), self.serve_base, foreign)
        seconds = request["limits"]["wall_seconds"]
        return self.bases[name].run(request, descriptors, seconds, channel)

    def serve_base(self, channel: socket.socket) -> None:
        """What a base process does: it is given only what it is to fork itself."""
        while True:
            request, descriptors = receive(channel)
            answer = self.run_child(request, descriptors, channel)
            for descriptor in descriptors:
                os.close(descriptor)
            send(channel, answer)

    def run_child(
        self, request: dict[str, Any], descriptors: list[int], channel: socket.socket
    ) -> dict[str, Any]:
        """Fork a child of this process, and wait for its end."""
        limits = Limits(**request["limits"])
        out, *work = descriptors
        start = functools.partial(self._start, request, work, limits)
        return supervise(start, limits, out, self.folders, channel)

    def _start(self, request: dict[str, Any], work: list[int], limits: Limits, out: int) -> None:
        """What a fresh child does: a program of ours, or a student's job."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        payload, *files = work
        confinement = None if request["unconfined"] else self.confinement
        if request["kind"] == "oracle":
            # By name: nothing that is imported in this file leads to the reference.
            importlib.import_module(request["program"]).main(unseal(payload), self.checks, out)
        elif request["kind"] == "reader":
            data = unseal(payload)
            mapped = MappedFile(files[0], 0, prot=mmap.PROT_READ) if files else None
            program = importlib.import_module(request["program"])  # before our code is hidden
            if confinement is not None:
                out = confine(confinement, limits, out)
            program.main(data, out, mapped)
        else:
            job = Job.from_bytes(unseal(payload))
            child.run_student(job, self.checks, confinement, limits, out)


def serve_grader(folders: PrivateFolders | None) -> None:
    """Get ready, say so, and serve jobs until the grader is gone."""
    torch.set_num_threads(1)  # before the first operation: a pool of threads does not survive fork
    channel = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    try:
        greeting, _ = receive(channel)
        hidden = [Path(path) for path in greeting["hidden"]]
        sys.path[:] = [path for path in sys.path if path and Path(path).resolve() not in hidden]
        checks = load_checks(greeting["assignment"])
        confinement = prepare(hidden, folders) if sys.platform == "linux" else None
        warm_up()
        gc.collect()
        gc.freeze()
        limits = Limits(**greeting["limits"])
        report = escape_test.run(confinement, limits, Path(greeting["secret"]))
        send(channel, {
            "layers": report.layers,
            "breaches": report.breaches,
            "catalogue": [asdict(one.info()) for one in checks.values()],
            "torch": torch.__version__,
        })  # fmt: skip
        no_longer_follow()  # from here on the socket says when the grader is gone
        ForkServer(checks, confinement, folders).serve(channel)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    finally:
        if folders is not None:
            folders.close()


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
