"""Work on many submissions, with few of them waiting: in this process, or over an executor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import islice
from typing import TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")
_WAITING = 16  # tasks that an executor has and that are not done


def stream(
    function: Callable[[Task], Answer], tasks: Iterable[Task], executor: Executor | None
) -> Iterator[Answer]:
    """Answers in the order in which they come. Both must be picklable for an executor."""
    if executor is None:
        yield from map(function, tasks)
        return
    waiting: set[Future[Answer]] = set()
    remaining = iter(tasks)
    while True:
        fresh = islice(remaining, _WAITING - len(waiting))
        waiting |= {executor.submit(function, task) for task in fresh}
        if not waiting:
            return
        finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for future in finished:
            yield future.result()
