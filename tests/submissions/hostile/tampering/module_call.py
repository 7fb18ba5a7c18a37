"""Patches nn.Module.__call__."""

nn.Module.__call__ = lambda self, *a, **k: a[0]
