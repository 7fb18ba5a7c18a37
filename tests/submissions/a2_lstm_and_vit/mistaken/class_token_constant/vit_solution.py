"""A class token of zeros is made in every call.

loses: vit_solution:VisionTransformer.forward
"""


class VisionTransformer:
    def forward(self, image):
        x = self.input_layer(self.get_patches(image, self.patch_size))
        cls = torch.zeros(x.shape[0], 1, x.shape[2], dtype=x.dtype)
        x = torch.cat([cls, x], dim=1) + self.pos_embedding
        x = self.dropout(x)
        for layer in self.layers:
            x = layer(x)
        return self.classifier(x[:, 0])
