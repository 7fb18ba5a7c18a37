"""Patches torch.autograd.grad."""

torch.autograd.grad = lambda outputs, inputs, **k: [torch.zeros_like(i) for i in inputs]
