"""Packs zeros instead of values."""

from autograder.kit import pack, values

pack.pack = lambda value: values.Value("scalar", 0, "float")
