"""Answers for every name."""

def __getattr__(name):
    return lambda *a, **k: a[0] if a else None
