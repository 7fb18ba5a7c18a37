"""The ways in: whole classes, Gradescope, pytest. All call the same engine."""
