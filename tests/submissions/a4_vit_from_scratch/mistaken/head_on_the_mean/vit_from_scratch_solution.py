"""Mean over all tokens.

loses: vit_from_scratch_solution:ViT.forward
"""


class ViT:
    def forward(self, images):
        x = self.patch_embedding(images)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(dim=1))
