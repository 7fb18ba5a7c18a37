import torch
from torch.autograd import Function

class StraightThrough(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).float()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (x.abs() < 1)

print(torch.autograd.gradcheck(StraightThrough.apply, torch.rand(3, dtype=torch.double, requires_grad=True)))
