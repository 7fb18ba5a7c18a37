"""Switches gradients off for good."""

torch.set_grad_enabled(False)
