"""The known mistakes of an assignment. They know its reference, and so are never shipped."""

from __future__ import annotations

from collections.abc import Iterable

from autograder.kit.check import Check, assignment_modules
from autograder.kit.errors import CheckError
from autograder.kit.mistakes import Mistake


def load_misconceptions(assignment: str, checks: Iterable[Check]) -> dict[str, Mistake]:
    """All misconceptions of an assignment by name."""
    targets = {check.question.target for check in checks}
    found: dict[str, Mistake] = {}
    for module in assignment_modules(assignment, "misconceptions"):
        for member in vars(module).values():
            if not isinstance(member, Mistake) or member is found.get(member.name):
                continue
            if member.name in found:
                raise CheckError(
                    f"Two misconceptions are called `{member.name}`: {found[member.name].place} "
                    f"and {member.place}. Rename one of the functions."
                )
            if member.target not in targets:
                raise CheckError(
                    f"{member.place}: the misconception `{member.name}` is one of "
                    f"`{member.target}`, which no check grades."
                )
            found[member.name] = member
    return found
