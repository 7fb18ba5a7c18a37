"""`python -m selfcheck --help` says what there is."""

import sys

import selfcheck  # noqa: F401, it makes the next import possible

from autograder.selfcheck.command import main

sys.exit(main())
