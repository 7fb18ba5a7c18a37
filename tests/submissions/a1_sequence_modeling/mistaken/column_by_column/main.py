"""Tokens in column-major order.

loses: main:PatchEmbed
"""


class PatchEmbed:
    def forward(self, images):
        return self.norm(self.proj[0](images).permute(0, 3, 2, 1).flatten(1, 2))
