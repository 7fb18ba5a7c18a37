"""Indexes with shuffle where reorder belongs: it can only say no.

loses: main:is_permutation_equivariant
"""


def is_permutation_equivariant(layer, x, shuffle):
    twin = copy.deepcopy(layer).double().eval()
    x = x.double()
    with torch.no_grad():
        return torch.allclose(twin(x), twin(x[:, shuffle])[:, shuffle])
