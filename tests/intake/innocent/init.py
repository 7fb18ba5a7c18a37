import math
import torch
from torch import nn
from torch.nn import init
from torch.nn.init import _calculate_fan_in_and_fan_out, trunc_normal_
from torch.nn.modules.utils import _pair
from torch.nn.modules.batchnorm import _BatchNorm

def init_weights(m):
    if isinstance(m, nn.Linear):
        init.xavier_uniform_(m.weight)
        fan_in, _ = init._calculate_fan_in_and_fan_out(m.weight)
        init.uniform_(m.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))
    elif isinstance(m, _BatchNorm):
        m.eval()
