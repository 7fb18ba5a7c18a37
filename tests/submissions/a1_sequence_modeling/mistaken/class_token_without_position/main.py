"""Positions added before the class token.

loses: main:ViT
"""


class ViT:
    def forward(self, images):
        x = self.patch_embed(images) + self.pos_embed[:, 1:]
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1)
        return self.head(self.norm(self.encoder(x))[:, 0])
