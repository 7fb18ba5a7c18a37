"""Programs that the sandbox runs for tests, as it runs the readers of submissions."""
