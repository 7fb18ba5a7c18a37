"""Mistakes of authors, with their file and line. Imports no torch: the grader uses it too."""

from __future__ import annotations

import importlib
import traceback
from types import ModuleType

_OWN = "autograder/assignments/"  # what authors write lies below


class CheckError(Exception):
    """A mistake in a check, a stand-in or a misconception: what, in which file and line."""


def import_written(name: str) -> ModuleType:
    """Import a module that an author wrote; `CheckError` with file and line if it fails."""
    try:
        return importlib.import_module(name)
    except CheckError:
        raise
    except Exception as error:
        raise CheckError(located(error)) from error


def located(error: BaseException) -> str:
    """An error of an author's code with the innermost line of that code."""
    said = f"{type(error).__name__}: {getattr(error, 'msg', '') or error}"
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: {said}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if _OWN in frame.filename.replace("\\", "/")
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}: {said}" if frames else said
