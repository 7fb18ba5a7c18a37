"""What runs beside the student's code: checks, random inputs, observation, stand-ins.

Nothing here knows a right answer. This room and torch are all that a probe needs, so a copy
of it can be handed to students for their self-check.
"""

from autograder.kit.check import Check, check
from autograder.kit.draw import Draw
from autograder.kit.observe import Absent, ContractBroken, Observed, observe, pair
from autograder.kit.stand_ins import Patches

__all__ = [
    "Absent",
    "Check",
    "ContractBroken",
    "Draw",
    "Observed",
    "Patches",
    "check",
    "observe",
    "pair",
]
