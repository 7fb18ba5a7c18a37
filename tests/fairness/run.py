"""Runs variants of the references under the checks of the function they change.

The variants are ours, so they run unconfined, each in a process of its own that ends when it takes
too long. What is compared, and how, is the grader's.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache

from autograder.course import find_assignment
from autograder.grading.reference import reference_modules
from autograder.kit.check import Check, load_checks
from autograder.kit.compare import compare
from autograder.kit.modules import SourceFinder, load
from autograder.kit.run import observe_run
from autograder.kit.source import Modules, labels
from autograder.kit.values import Observation
from tests.fairness.mutants import Mutant

_SECONDS = 20


def survivors(variants: Iterable[Mutant], seed: int, workers: int = 2) -> Iterator[bool]:
    """For each variant whether it keeps all points, in their order."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, initializer=os.nice, initargs=(5,)) as pool:
        yield from pool.map(_survives, variants, [seed] * 10**6, chunksize=8)


def _survives(variant: Mutant, seed: int) -> bool:
    checks = [c for c in checks_of(variant.assignment) if c.question.target == variant.target]
    return all(passes(variant.assignment, variant.modules(), check, seed) for check in checks)


@cache
def checks_of(assignment: str) -> list[Check]:
    """The checks that are compared with the reference."""
    return [c for c in load_checks(assignment).values() if not c.accuracy and c.points]


def passes(assignment: str, modules: Modules, check: Check, seed: int) -> bool:
    """Whether a submission passes a check in one of its modes."""
    return any(
        compare(seen, _expected(assignment, check.id, mode, seed)) is None and not seen.failure
        for mode in check.info().modes
        for seen in [_observe(modules, check, mode, seed)]
    )


@cache
def _expected(assignment: str, check_id: str, mode: str, seed: int) -> Observation:
    modules = reference_modules(find_assignment(assignment))
    seen = _observe(modules, load_checks(assignment)[check_id], mode, seed)
    assert seen.failure is None, (check_id, seen.failure)
    return seen


def _observe(modules: Modules, check: Check, mode: str, seed: int) -> Observation:
    finder = SourceFinder(modules)
    for name in modules:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, finder)
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(_SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            module = load(check.question.target.partition(":")[0])
            return observe_run(check, mode, module, seed, labels(modules))
    finally:
        signal.alarm(0)
        sys.meta_path.remove(finder)
        for name in modules:
            sys.modules.pop(name, None)


def _too_long(*_: object) -> None:
    raise TimeoutError(f"more than {_SECONDS} seconds")
