"""All parameters, frozen or not.

loses: fashion_vit_solution:count_parameters
"""


def count_parameters(model):
    return sum(p.numel() for p in model.parameters())
