"""Check your own work.

    import selfcheck
    selfcheck.check("2.1")        one question; without an argument, all of them

or, in a terminal, `python -m selfcheck 2.1`. It runs the grader's checks on fixed inputs and
compares with stored values. The grader draws other inputs, removes forbidden operations for
good, and runs your code in a process of its own.

The checks are in kit.zip, for the curious: `python -m zipfile -e kit.zip FOLDER`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().with_name("kit.zip")))

from autograder.selfcheck.main import check  # noqa: E402

__all__ = ["check"]
