"""LSTM language model and Vision Transformer, after IFT6135 assignment 2."""

from autograder.kit.assignment import Assignment, Attachment, Part

ASSIGNMENT = Assignment(
    name="a2_lstm_and_vit",
    title="LSTM and Vision Transformer",
    parts=(Part("lstm_solution"), Part("vit_solution")),
    attachment=Attachment("vit", (".safetensors", ".pt"), 20_000_000),
    logs=True,
)
