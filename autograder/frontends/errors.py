"""Errors that have a sentence are shown as that sentence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from functools import wraps
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from autograder.course import CourseError
from autograder.sandbox.client import SandboxError

_err = Console(stderr=True)


def says_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Show such errors of a command as one sentence, with exit code 2."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (CourseError, SandboxError) as error:
            _err.print(f"[bold red]Error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            _err.print("Stopped. What was graded is kept: the same command goes on from there.")
            raise typer.Exit(130) from None
        except BrokenProcessPool:
            _err.print("[bold red]Error:[/] a worker process died (out of memory?). Run the same "
                       "command again, with a smaller --jobs: it goes on from here.")  # fmt: skip
            raise typer.Exit(2) from None

    return wrapped
