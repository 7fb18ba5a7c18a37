"""What an assignment consists of: the files that are submitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A submitted file: `vit_solution` for vit_solution.py, or a notebook."""

    name: str
    is_notebook: bool = False

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names under which it may be submitted, the expected one first."""
        if self.is_notebook:
            return (f"{self.name}.ipynb",)
        return f"{self.name}.py", f"{self.name}_template.py"


@dataclass(frozen=True)
class Attachment:
    """A file that is submitted beside the code, trained weights for instance."""

    name: str
    suffixes: tuple[str, ...]
    max_bytes: int


# (what the notebook's outputs print, top-1 accuracy, number of classes) -> a sentence, or nothing
ExplainClaim = Callable[[str, float, int], str]


@dataclass(frozen=True)
class Assignment:
    """One assignment. Its name is the folder's name everywhere.

    parts          the files with code
    attachment     a further file, or None
    logs           whether logs of training runs are submitted as well
    explain_claim  what to say of an accuracy that a notebook prints, or None
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    attachment: Attachment | None = None
    logs: bool = False
    explain_claim: ExplainClaim | None = None
