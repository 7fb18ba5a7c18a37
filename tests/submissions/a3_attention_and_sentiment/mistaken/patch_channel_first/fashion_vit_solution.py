"""Channel, row, column, as another exercise has it.

loses: fashion_vit_solution:ViT.forward
"""


class ViT:
    def forward(self, images):
        B, C, H, W = images.shape
        p = self.patch_size
        x = images.view(B, C, H // p, p, W // p, p).permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)
        x = self.to_patch_embedding(x)
        x = torch.cat([self.class_token.expand(B, -1, -1), x], 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])
