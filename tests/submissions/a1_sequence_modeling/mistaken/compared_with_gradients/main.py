"""The layer is compared with gradients recorded.

loses: main:is_permutation_equivariant
"""


def is_permutation_equivariant(layer, x, shuffle):
    layer = copy.deepcopy(layer).double().eval()
    x = x.double()
    return torch.allclose(layer(x)[:, shuffle], layer(x[:, shuffle]))
