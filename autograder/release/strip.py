"""Solution regions: what lies between the two marks is replaced by a TODO.

    ### BEGIN SOLUTION 2.1 Return the normalised inputs.
    ...
    ### END SOLUTION

becomes a comment and a `raise NotImplementedError`. Inside `__init__`, and outside of any
function, only the comment is left, so that the object or the module can still be built.
"""

from __future__ import annotations

import re
import textwrap

_BEGIN = re.compile(r"^(?P<indent>\s*)### BEGIN SOLUTION\s*(?P<number>\S*)\s*(?P<task>.*?)\s*$")
_END = re.compile(r"^\s*### END SOLUTION\s*$")
_DEF = re.compile(r"^(?P<indent>\s*)(async\s+)?def\s+(?P<name>\w+)")
_WIDTH = 96


class RegionError(ValueError):
    """Marks that do not pair up; the message names the line."""


def strip_solutions(text: str) -> str:
    """Python text with every solution region replaced."""
    kept: list[str] = []
    open_line = 0
    for number, line in enumerate(text.splitlines(), start=1):
        begin, end = _BEGIN.match(line), _END.match(line)
        if begin:
            if open_line:
                raise RegionError(f"line {number}: a region begins inside that of line {open_line}")
            open_line = number
            kept += _todo(begin, _enclosing_function(kept, begin["indent"]))
        elif end:
            if not open_line:
                raise RegionError(f"line {number}: a region ends that never began")
            open_line = 0
        elif not open_line:
            kept.append(line)
    if open_line:
        raise RegionError(f"line {open_line}: the region is never ended")
    return "\n".join(kept) + "\n"


def solution_lines(text: str) -> list[str]:
    """The lines inside the regions, without their indentation."""
    inside, found = False, []
    for line in text.splitlines():
        if _BEGIN.match(line):
            inside = True
        elif _END.match(line):
            inside = False
        elif inside and line.strip():
            found.append(line.strip())
    return found


def _todo(begin: re.Match[str], function: str) -> list[str]:
    indent, number = begin["indent"], begin["number"]
    comment = textwrap.wrap(
        f"TODO {number}: {begin['task']}",
        width=_WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}#   ",
    )
    if function in ("", "__init__"):
        return comment
    return [*comment, f'{indent}raise NotImplementedError("TODO {number}")']


def _enclosing_function(lines: list[str], indent: str) -> str:
    """The name of the function a region with this indentation lies in; empty for none."""
    for line in reversed(lines):
        match = _DEF.match(line)
        if match and len(match["indent"]) < len(indent):
            return match["name"]
    return ""
