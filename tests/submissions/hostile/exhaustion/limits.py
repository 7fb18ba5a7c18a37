"""Raises its own limits."""

import resource

for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
    try:
        resource.setrlimit(kind, (-1, -1))
        raise SystemError("raised")
    except (OSError, ValueError):
        pass
