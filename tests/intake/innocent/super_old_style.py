import torch.nn as nn

class Net(nn.Module):
    def __init__(self, a, b):
        super(Net, self).__init__()
        self.__dict__.update({"a": a})
        self.linear = nn.Linear(a, b)

    def __call__(self, *args, **kwargs):
        return super().__call__(*args, **kwargs)
