"""Decides: runs the reference, compares, gives points, names the mistake.

oracle          the reference's observations, computed in a process of its own
compare         two observations -> agreement, or where they part
misconception   known mistakes, as patches of the reference
diagnose        which known mistake an observation equals
words           what a student reads
attempt         one try at one check
grading         one submission from start to end
"""
