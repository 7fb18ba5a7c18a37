"""Recurrent networks and transformers in one notebook, after KAUST CS323 project 3."""

from autograder.assignments.a1_sequence_modeling.claims import explain_claim
from autograder.kit.assignment import Assignment, Attachment, Part

ASSIGNMENT = Assignment(
    name="a1_sequence_modeling",
    title="Sequence modelling",
    parts=(Part("gru_solution"), Part("main", is_notebook=True)),
    attachment=Attachment("gru_image_classifier", (".safetensors", ".pt"), 12_000_000),
    logs=True,
    explain_claim=explain_claim,
)
