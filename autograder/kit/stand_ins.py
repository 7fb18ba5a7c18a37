"""Replacing a student's helpers for the length of a probe."""

from __future__ import annotations

from typing import Any

_ABSENT = object()


class StandIns:
    """Replaces parts of a module and its classes; puts everything back at the end.

    keep      the function under test: it is never replaced, so that one set of stand-ins can
              serve the checks of several functions
    complete  whether the module has all parts, as the reference has: replacing one that is not
              there is then a mistake in the check
    """

    def __init__(self, module: Any, keep: str = "", complete: bool = False) -> None:
        self.module = module
        self._keep = keep
        self._complete = complete
        self._undo: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> StandIns:
        return self

    def replace(self, path: str, value: Any) -> None:
        """Replace e.g. "LayerNorm" or "MultiHeadedAttention.split_heads"."""
        if path == self._keep:
            return
        holder = self.module
        *owners, name = path.split(".")
        for owner in owners:
            holder = getattr(holder, owner, None)
        if self._complete and not hasattr(holder, name):
            raise LookupError(f"A stand-in replaces `{path}`, which the reference does not have.")
        if holder is not None:
            self._undo.append((holder, name, vars(holder).get(name, _ABSENT)))
            setattr(holder, name, value)

    def __exit__(self, *_: object) -> None:
        for holder, name, value in reversed(self._undo):
            if value is _ABSENT:
                delattr(holder, name)
            else:
                setattr(holder, name, value)
        self._undo.clear()
