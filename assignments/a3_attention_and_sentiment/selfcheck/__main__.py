"""`python -m selfcheck [QUESTION ...]`."""

import sys

from selfcheck.main import check

check(*sys.argv[1:])
