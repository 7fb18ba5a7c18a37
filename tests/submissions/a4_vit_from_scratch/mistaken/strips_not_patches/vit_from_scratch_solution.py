"""view alone.

loses: vit_from_scratch_solution:PatchEmbedding.forward
"""


class PatchEmbedding:
    def forward(self, images):
        return self.projection(images.reshape(len(images), -1, self.projection.in_features))
