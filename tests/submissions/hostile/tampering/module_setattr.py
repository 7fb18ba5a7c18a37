"""Patches nn.Module so that parameters are not filled."""

nn.Module.parameters = lambda self, recurse=True: iter(())
