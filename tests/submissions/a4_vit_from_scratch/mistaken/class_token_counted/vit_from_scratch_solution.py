"""The class token among the patches.

loses: vit_from_scratch_solution:count_patches
"""


def count_patches(image_size, patch_size):
    if image_size % patch_size:
        raise ValueError("no")
    return (image_size // patch_size) ** 2 + 1
