"""What happens in a forked child: confinement, removal, the student's module, probes.

A job is plain JSON (see `Job`). Anything that goes wrong here ends as an observation without
values, and so without points; the grader never relies on a word of it.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Mapping

from autograder.kit import scan
from autograder.kit.bans import Ban
from autograder.kit.check import Check
from autograder.kit.frames import Sender, sender
from autograder.kit.modules import SourceFinder, load
from autograder.kit.rules import violations
from autograder.kit.run import describe, observe_run
from autograder.kit.source import all_pieces, labels
from autograder.kit.values import MARK, MENTIONS, PIECE, Observation
from autograder.sandbox.confine import Confinement, confine
from autograder.sandbox.job import Job
from autograder.sandbox.limits import Limits


def run_student(
    job: Job,
    checks: Mapping[str, Check],
    confinement: Confinement | None,
    limits: Limits,
    out: int,
) -> None:
    """Confine this process and do the job. The process ends when this returns.

    The operations that the job's ban forbids are gone already: see `autograder.sandbox.base`.
    """
    try:
        if confinement is not None:
            out = confine(confinement, limits, out)
        asked = checks[job.runs[0].check].question
        ban, rule = asked.ban, asked.rule
        send = sender(out)
        broken = violations(all_pieces(job.modules), rule) if rule else []
        gc.disable()
        started = functools.partial(_send_piece, send)
        finder = SourceFinder(job.modules, job.skip, started)
        sys.meta_path.insert(0, finder)
        # Before any of the student's code runs:
        send("ready", Observation(), {"violations": broken})
    except Exception as error:  # ours, not the student's
        sender(out)("broken", Observation(failure=describe(error, {})))
        return
    try:
        module = load(job.main)
    except BaseException as error:  # SystemExit, too, is the student's
        failed = Observation(failure=describe(error, labels(job.modules)))
        _send_mentions(send, job, ban, failed)
        send("load", failed)
        return
    send("load", Observation())
    for run in job.runs:
        check = checks[run.check]
        seen = observe_run(check, run.mode, module, job.seed, labels(job.modules), job.given)
        seen = finder.explain(seen, check.question.target)
        _send_mentions(send, job, ban, seen)
        send(run.check, seen)


def _send_mentions(send: Sender, job: Job, ban: Ban | None, seen: Observation) -> None:
    """Where the files name what is forbidden; looked for only once it has been called."""
    if ban is not None and seen.failure is not None and MARK in seen.failure.text:
        send(MENTIONS, Observation(), {"found": scan.find(all_pieces(job.modules), ban)})


def _send_piece(send: Sender, label: str) -> None:
    """Say which cell is about to run: should it never end, the next child leaves it out."""
    send(PIECE, Observation(), {"label": label})
