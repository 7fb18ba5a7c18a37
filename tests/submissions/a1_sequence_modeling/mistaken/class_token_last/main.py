"""The class token behind the patches.

loses: main:ViT
"""


class ViT:
    def forward(self, images):
        x = self.patch_embed(images)
        x = torch.cat([x, self.cls_token.expand(len(x), -1, -1)], 1) + self.pos_embed
        return self.head(self.norm(self.encoder(x))[:, -1])
