"""Keeps results: one file per student while grading, then JSON, CSV and HTML for the class."""
