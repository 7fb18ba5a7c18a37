import os
import torch
peak = torch.cuda.max_memory_allocated() / 2**20
print(torch.cuda.memory_summary(), os.getpid())
torch.cuda.synchronize()
