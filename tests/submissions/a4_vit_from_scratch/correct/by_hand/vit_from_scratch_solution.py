"""Loops and slices."""


def count_patches(image_size, patch_size):
    rows = 0
    start = 0
    while start < image_size:
        if start + patch_size > image_size:
            raise ValueError("does not fit")
        rows += 1
        start += patch_size
    return rows * rows


class PatchEmbedding:
    def forward(self, images):
        p = self.patch_size
        tokens = []
        for row in range(0, images.shape[2], p):
            for column in range(0, images.shape[3], p):
                patch = images[:, :, row:row + p, column:column + p]
                tokens.append(self.projection(patch.reshape(len(images), -1)))
        return torch.stack(tokens, dim=1)


class MultiHeadSelfAttention:
    def forward(self, tokens):
        d = tokens.shape[2] // self.num_heads
        q, k, v = self.query(tokens), self.key(tokens), self.value(tokens)
        results = []
        for h in range(self.num_heads):
            part = slice(h * d, (h + 1) * d)
            scores = torch.bmm(q[:, :, part], k[:, :, part].transpose(1, 2)) / d ** 0.5
            results.append(torch.bmm(torch.softmax(scores, 2), v[:, :, part]))
        return self.output(torch.cat(results, dim=2))


class EncoderBlock:
    def forward(self, tokens):
        a = self.attention(self.norm_1(tokens)) + tokens
        return self.mlp(self.norm_2(a)) + a


class ViT:
    def __init__(self, image_size=64, patch_size=16, in_channels=3, num_classes=5, embed_dim=64,
                 depth=4, num_heads=4, hidden_dim=128):
        super().__init__()
        self.patch_embedding = PatchEmbedding(patch_size, in_channels, embed_dim)
        self.blocks = nn.ModuleList(
            EncoderBlock(embed_dim, num_heads, hidden_dim) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(embed_dim)
        self.head = nn.Linear(embed_dim, num_classes)
        n = count_patches(image_size, patch_size)
        self.class_token = nn.Parameter(torch.zeros(1, 1, embed_dim))
        self.positions = nn.Parameter(torch.zeros(1, n + 1, embed_dim))

    def forward(self, images):
        out = []
        for image in images:
            x = self.patch_embedding(image[None])
            x = torch.cat([self.class_token, x], dim=1) + self.positions
            for block in self.blocks:
                x = block(x)
            out.append(self.head(self.norm(x[:, 0])))
        return torch.cat(out)
