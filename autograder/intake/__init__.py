"""Reads what a student handed in, as data: nothing is imported, unpacked to disk or executed.

entries      regular files of a folder, a zip or a single file, within limits
submission   which of them is which part of the assignment, and what is wrong with the rest
batch        the submissions of a class
"""
