"""F.unfold and chunk."""


def count_patches(image_size, patch_size):
    n, rest = divmod(image_size, patch_size)
    if rest != 0:
        raise ValueError(rest)
    return n ** 2


class PatchEmbedding:
    def forward(self, images):
        p = self.patch_size
        columns = nn.functional.unfold(images, p, stride=p)
        return self.projection(columns.transpose(1, 2))


class MultiHeadSelfAttention:
    def forward(self, tokens):
        B, T, D = tokens.size()
        H = self.num_heads
        split = lambda x: torch.stack(x.chunk(H, dim=-1), dim=1)
        q, k, v = split(self.query(tokens)), split(self.key(tokens)), split(self.value(tokens))
        w = torch.softmax(q.matmul(k.mT) * (D // H) ** -0.5, dim=-1)
        return self.output(torch.cat((w @ v).unbind(1), dim=-1))


class EncoderBlock:
    def forward(self, tokens):
        x = tokens
        x = x + self.attention(self.norm_1(x))
        x = x + self.mlp(self.norm_2(x))
        return x


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
        self.class_token = nn.Parameter(torch.empty(1, 1, embed_dim).normal_())
        self.positions = nn.Parameter(torch.empty(1, (image_size // patch_size) ** 2 + 1, embed_dim).normal_())

    def forward(self, images):
        x = self.patch_embedding(images)
        x = torch.cat((self.class_token.repeat(x.size(0), 1, 1), x), dim=1)
        x = x + self.positions
        for layer in self.blocks:
            x = layer(x)
        return self.head(self.norm(x)[:, 0, :])
