"""Matches a pattern that takes exponential time."""

import re

re.match(r"(a+)+$", "a" * 40 + "b")
