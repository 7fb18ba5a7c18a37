"""Replaces isinstance."""

import builtins

builtins.isinstance = lambda *a: True
