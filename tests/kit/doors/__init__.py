"""Ways to reach an operation of torch. `python -m tests.kit.doors` tries them."""

from tests.kit.doors import attention, gru, norm
from tests.kit.doors.ways import DOORS

__all__ = ["DOORS", "attention", "gru", "norm"]
