"""A batch size from the training script.

loses: vit_from_scratch_solution:ViT.forward
"""


BATCH_SIZE = 16


class ViT:
    def forward(self, images):
        x = self.patch_embedding(images)
        x = torch.cat([self.class_token.repeat(BATCH_SIZE, 1, 1), x], 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])
