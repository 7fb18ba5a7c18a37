"""`python -m selfcheck [QUESTION ...]`."""

import sys

from selfcheck import check

check(*sys.argv[1:])
