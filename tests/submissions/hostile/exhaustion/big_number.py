"""Computes a number with a billion digits."""

10 ** 10**9
