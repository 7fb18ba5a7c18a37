"""The students' own check. `autograder release` puts a copy into every assignment folder.

    import selfcheck
    selfcheck.check("2.1")        one question; without an argument, all of them

or, in a terminal, `python -m selfcheck 2.1`. It runs the grader's probes on fixed inputs and
compares with stored values: there is no reference code here to read. The grader draws other
inputs, removes forbidden operations for good, and runs your code in a process of its own.
"""

from selfcheck.main import check

__all__ = ["check"]
