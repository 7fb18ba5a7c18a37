"""max_seq_length = patch_size + 1.

loses: vit_from_scratch_solution:ViT.__init__
"""


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
        self.class_token = nn.Parameter(torch.randn(1, 1, embed_dim))
        self.positions = nn.Parameter(torch.randn(1, patch_size + 1, embed_dim))
