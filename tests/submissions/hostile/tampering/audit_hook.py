"""Listens to all audit events."""

import sys

sys.addaudithook(lambda event, args: None)
