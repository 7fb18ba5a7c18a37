"""Patches Tensor.detach and numpy."""

torch.Tensor.detach = lambda self: self * 0
torch.Tensor.numpy = lambda self: None
