"""Prints without end."""

import sys

for _ in range(100_000):
    print("x" * 10_000)
