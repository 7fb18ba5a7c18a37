"""Runs the oracle."""

import autograder.grading.oracle_child
