"""What runs beside the student's code: checks, random inputs, observation, stand-ins.

Nothing here knows a right answer. This room and torch are all that a probe needs, so a copy
of it can be handed to students for their self-check.
"""

from autograder.probe.check import Check, check
from autograder.probe.draw import Draw
from autograder.probe.observe import Absent, ContractBroken, Observed, observe, pair
from autograder.probe.stand_in import Patches

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
