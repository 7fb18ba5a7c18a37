"""LSTM language model and Vision Transformer, after IFT6135 assignment 2."""

from autograder.course import Assignment, Part

ASSIGNMENT = Assignment(
    name="a2_lstm_and_vit",
    title="LSTM and Vision Transformer",
    parts=(Part("lstm_solution"), Part("vit_solution")),
)
