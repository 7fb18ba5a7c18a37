"""Logits of one class, or of one image, lose an axis.

loses: vit_from_scratch_solution:ViT.forward
"""


class ViT:
    def forward(self, images):
        patches = self.patch_embedding(images)
        first = self.class_token.expand(len(images), -1, -1)
        tokens = torch.cat([first, patches], dim=1) + self.positions
        for block in self.blocks:
            tokens = block(tokens)
        return self.head(self.norm(tokens)[:, 0]).squeeze()
