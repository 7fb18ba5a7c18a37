"""Replaces itself in sys.modules by torch.nn."""

import sys

sys.modules[__name__] = torch.nn
