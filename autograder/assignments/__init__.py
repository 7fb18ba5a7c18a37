"""One package per assignment: its checks (`checks_*.py`) and misconceptions."""
