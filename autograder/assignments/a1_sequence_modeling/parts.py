"""Random values for the documented attributes of a model, reached by their names."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from autograder.kit.checks import Absent, Draw


def fill_parts(draw: Draw, model: Any, *names: str) -> None:
    """Fill these attributes; their order in the model, and further attributes, do not matter."""
    model.to(draw.dtype)
    for name in names:
        part = getattr(model, name, None)
        if part is None:
            raise Absent(
                f"`{type(model).__name__}` has no attribute `{name}`. Create it in `__init__`, "
                "under exactly this name."
            )
        dice = draw.derived(name)
        if isinstance(part, nn.Parameter):
            with torch.no_grad():
                part.copy_(dice.normal(*part.shape))
        elif hasattr(part, "proj") and hasattr(part, "norm"):
            dice.derived("proj").fill(part.proj)
            dice.derived("norm").fill(part.norm)
        else:
            dice.fill(part)
