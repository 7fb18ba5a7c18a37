"""The argument `dropout` is ignored.

loses: fashion_vit_solution:fashion_vit
"""


def fashion_vit(dropout=0.0):
    images = {"image_size": 28, "patch_size": 4, "channels": 1, "num_classes": 10}
    return ViT(**images, dim=64, depth=6, heads=4, dim_head=64, mlp_dim=256)
