"""Imports the grader's room that knows the reference."""

from autograder.grading.reference import reference_modules
