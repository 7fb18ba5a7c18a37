import math
from torch.optim.lr_scheduler import _LRScheduler, LambdaLR, CosineAnnealingLR

class WarmUp(_LRScheduler):
    def __init__(self, optimizer, total_iters, last_epoch=-1):
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [base * self.last_epoch / (self.total_iters + 1e-8) for base in self.base_lrs]

cosine = lambda step: 0.5 * (1 + math.cos(math.pi * step / 1000))
