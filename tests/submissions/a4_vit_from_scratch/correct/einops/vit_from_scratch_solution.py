"""einops everywhere, with prints."""


def count_patches(image_size, patch_size):
    if image_size // patch_size * patch_size != image_size:
        raise ValueError("no")
    return int((image_size / patch_size) ** 2)


class PatchEmbedding:
    def forward(self, images):
        from einops import rearrange
        p = self.patch_size
        print("patches")
        return self.projection(rearrange(images, "b c (h i) (w j) -> b (h w) (c i j)", i=p, j=p))


class MultiHeadSelfAttention:
    def forward(self, tokens):
        from einops import rearrange
        maps = (self.query, self.key, self.value)
        q, k, v = (rearrange(f(tokens), "b t (h d) -> b h t d", h=self.num_heads) for f in maps)
        scores = torch.einsum("bhid,bhjd->bhij", q, k) / math.sqrt(q.size(-1))
        mixed = torch.einsum("bhij,bhjd->bhid", scores.softmax(dim=3), v)
        return self.output(rearrange(mixed, "b h t d -> b t (h d)"))


class EncoderBlock:
    def forward(self, tokens):
        y = self.norm_1(tokens)
        y = tokens + self.attention(y)
        return torch.add(y, self.mlp(self.norm_2(y)))


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
        self.register_parameter("class_token", nn.Parameter(torch.rand(1, 1, embed_dim)))
        self.register_parameter(
            "positions", nn.Parameter(torch.rand(1, 1 + count_patches(image_size, patch_size), embed_dim)))

    def forward(self, images):
        from einops import repeat
        x = self.patch_embedding(images)
        c = repeat(self.class_token, "1 1 d -> b 1 d", b=len(x))
        x = torch.cat([c + self.positions[:, :1], x + self.positions[:, 1:]], dim=1)
        x = nn.Sequential(*self.blocks)(x)
        return self.head(self.norm(x[:, 0]))
