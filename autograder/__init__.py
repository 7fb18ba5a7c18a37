"""An autograded course on sequence models: the grader."""

__version__ = "0.1.0"
