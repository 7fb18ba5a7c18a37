from torch import nn
import torch

cfg = [("conv", 64), ("pool",), ("conv", 128)]
layers = nn.Sequential(*(nn.Conv2d(3, c[1], 3) if c[0] == "conv" else nn.MaxPool2d(2) for c in cfg))
print(sum(p.numel() for p in layers.parameters() if p.requires_grad))
print(torch.nn.utils.parameters_to_vector(layers.parameters()).shape)
torch.set_num_threads(4)
torch.set_default_dtype(torch.float32)
torch.autograd.set_detect_anomaly(True)
torch.set_printoptions(sci_mode=False)
