import torch
from torch import optim

def make(name, parameters, **kwargs):
    cls = getattr(optim, name)
    return cls(parameters, **kwargs)

def activation(name):
    return getattr(torch.nn.functional, name)
