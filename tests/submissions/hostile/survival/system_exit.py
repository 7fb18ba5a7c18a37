"""Raises SystemExit."""

raise SystemExit(0)
