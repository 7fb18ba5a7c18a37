"""Products as einsum, one-liners where they fit."""

class GRUTranslation:
    def __init__(self, input_size, hidden_size, num_classes, num_layers=1, bidirectional=False,
                 batch_first=True):
        super().__init__()
        self.gru = nn.GRU(input_size, hidden_size, num_layers, batch_first=batch_first,
                          bidirectional=bidirectional)
        self.output = nn.Linear(self.gru.hidden_size * (1 + int(self.gru.bidirectional)), num_classes)

    def forward(self, inputs):
        return self.output(self.gru(inputs)[0])


class PatchEmbed:
    def __init__(self, in_channels, embed_dim):
        super().__init__()
        self.norm = nn.LayerNorm(embed_dim)
        self.proj = nn.Sequential(nn.Conv2d(in_channels, embed_dim, 2, 2), nn.Flatten(2))

    def forward(self, images):
        return self.norm(torch.einsum('ben->bne', self.proj(images)))


def confusion_matrix(predictions, labels, num_classes):
    return torch.einsum('ni,nj->ij', F.one_hot(labels, num_classes), F.one_hot(predictions, num_classes))


def evaluate(model, loader):
    was = model.training
    try:
        model.eval()
        with torch.inference_mode():
            found = [(model(images.to(device_of(model))).cpu(), labels) for images, labels in loader]
    finally:
        model.train(was)
    logits, labels = (torch.cat(parts) for parts in zip(*found))
    best = logits.max(dim=1).indices
    matrix = confusion_matrix(best, labels, logits.size(1))
    return float((best == labels).sum()) / len(labels), matrix


class GRUImageClassifier:
    def __init__(self, embed_dim=64, hidden_size=128, num_classes=10, num_layers=1,
                 bidirectional=False, in_channels=3):
        super().__init__()
        self.patch_embed = PatchEmbed(in_channels, embed_dim)
        self.gru = nn.GRU(embed_dim, hidden_size, num_layers, batch_first=True, bidirectional=bidirectional)
        self.output = nn.Linear(hidden_size * (1 + bidirectional), num_classes)

    def forward(self, images):
        h = self.gru(self.patch_embed(images))[1]
        h = torch.cat([h[-2], h[-1]], dim=-1) if self.gru.bidirectional else h[-1]
        return self.output(h)


def is_permutation_equivariant(layer, x, shuffle):
    kept = {name: t.clone() for name, t in layer.state_dict().items()}
    mode, dtype = layer.training, next((p.dtype for p in layer.parameters()), None)
    layer.double().eval()
    with torch.no_grad():
        x = x.double()
        same = torch.allclose(layer(x).index_select(1, shuffle), layer(x.index_select(1, shuffle)))
    if dtype is not None:
        layer.to(dtype)
    layer.load_state_dict(kept)
    layer.train(mode)
    return same


def transformer_and_gru(x, shuffle):
    transformer = nn.TransformerEncoderLayer(x.shape[2], 4, batch_first=True)
    gru = GRULayer(x.shape[2])
    return tuple(is_permutation_equivariant(layer, x, shuffle) for layer in (transformer, gru))


def self_attention(x, query, key, value):
    scores = torch.einsum("btk,bsk->bts", query(x), key(x)) * key(x).size(-1) ** -0.5
    return torch.einsum("bts,bsv->btv", F.softmax(scores, dim=2), value(x))


class ViT:
    def __init__(self, in_channels=3, num_classes=10, embed_dim=64, num_patches=256):
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, embed_dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, num_patches + 1, embed_dim))
        self.norm = nn.LayerNorm(embed_dim)
        self.patch_embed = PatchEmbed(in_channels, embed_dim)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(embed_dim, 4, batch_first=True), 3, enable_nested_tensor=False)
        self.head = nn.Linear(embed_dim, num_classes)

    def forward(self, images):
        x = self.patch_embed(images)
        x = torch.cat([self.cls_token.expand(x.size(0), 1, -1), x], dim=1).add(self.pos_embed)
        return self.head(self.norm(self.encoder(x)[:, 0, :]))
