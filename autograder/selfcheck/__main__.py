"""`python -m selfcheck [QUESTION ...]`."""

import sys

from autograder.selfcheck.main import check

check(*sys.argv[1:])
