"""Three channels are hard-coded.

loses: vit_solution:VisionTransformer.get_patches
"""


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        B, C, H, W = image.shape
        p = patch_size
        x = image.reshape(B, 3, H // p, p, W // p, p)
        x = x.permute(0, 2, 4, 1, 3, 5).reshape(B, -1, 3, p, p)
        return x.reshape(B, -1, 3 * p * p) if flatten_channels else x
