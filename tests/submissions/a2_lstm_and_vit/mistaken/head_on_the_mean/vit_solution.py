"""Averages all tokens for the classifier.

loses: vit_solution:VisionTransformer.forward
"""


class VisionTransformer:
    def forward(self, image):
        x = self.input_layer(self.get_patches(image, self.patch_size))
        cls = self.cls_token.repeat(x.size(0), 1, 1)
        x = self.dropout(torch.cat([cls, x], dim=1) + self.pos_embedding)
        for block in self.layers:
            x = block(x)
        return self.classifier(x.mean(dim=1))
