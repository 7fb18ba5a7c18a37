"""The encoder's layers are made without their dropout.

loses: main:ViT
"""


class ViT:
    def __init__(self, in_channels=3, num_classes=10, embed_dim=64, num_patches=256):
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, embed_dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, num_patches + 1, embed_dim))
        self.norm = nn.LayerNorm(embed_dim)
        layer = nn.TransformerEncoderLayer(embed_dim, nhead=4, dropout=0.0, batch_first=True)
        self.patch_embed = PatchEmbed(in_channels, embed_dim)
        self.encoder = nn.TransformerEncoder(layer, num_layers=3, enable_nested_tensor=False)
        self.head = nn.Linear(embed_dim, num_classes)
