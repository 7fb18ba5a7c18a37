"""What runs beside the student's code: checks, random inputs, observation, stand-ins.

Nothing here knows a right answer. This room and torch are all that a probe needs, so a copy
of it can be handed to students for their self-check.
"""

from selfcheck.probe.check import Check, check
from selfcheck.probe.draw import Draw
from selfcheck.probe.observe import Absent, ContractBroken, Observed, observe, pair
from selfcheck.probe.stand_in import Patches

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
