"""Runs a shell command."""

import os

os.system("touch /tmp/hostile_shell")
