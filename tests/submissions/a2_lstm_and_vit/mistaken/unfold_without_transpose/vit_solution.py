"""The result of unfold is viewed as if its axes were the other way round.

loses: vit_solution:VisionTransformer.get_patches
"""


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        B, C = image.shape[:2]
        patches = F.unfold(image, kernel_size=patch_size, stride=patch_size)
        patches = patches.view(B, -1, C, patch_size, patch_size)
        return patches.flatten(2) if flatten_channels else patches
