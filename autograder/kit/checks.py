"""The words an author of checks may use, in one place: `from autograder.kit.checks import ...`."""

from autograder.kit.bans import ATTENTION, GRU, LAYER_NORM, Ban
from autograder.kit.check import Accuracy, question
from autograder.kit.checkpoint import trained_model
from autograder.kit.draw import Draw, fill_parts
from autograder.kit.dropout import fixed_dropout
from autograder.kit.growth import Growth
from autograder.kit.image_sets import CIFAR10, COCO_SUBSET, FASHION_MNIST
from autograder.kit.observe import Absent, ContractBroken, Observed, gradients, observe, pair
from autograder.kit.rules import EINSUM, Rule
from autograder.kit.stand_ins import StandIns

__all__ = [
    "ATTENTION",
    "CIFAR10",
    "COCO_SUBSET",
    "EINSUM",
    "FASHION_MNIST",
    "GRU",
    "LAYER_NORM",
    "Absent",
    "Accuracy",
    "Ban",
    "ContractBroken",
    "Draw",
    "Growth",
    "Observed",
    "Rule",
    "StandIns",
    "fill_parts",
    "fixed_dropout",
    "gradients",
    "observe",
    "pair",
    "question",
    "trained_model",
]
