"""Replaces len, sum and max."""

import builtins

builtins.len = lambda *a: 0
builtins.sum = builtins.max = lambda *a, **k: 0
