"""As the text of the notebook says, not as the task does.

loses: fashion_vit_solution:fashion_vit
"""


def fashion_vit(dropout=0.0):
    return ViT(image_size=28, patch_size=4, num_classes=10, dim=64, depth=4, heads=4, mlp_dim=256,
               channels=1, dropout=dropout)
