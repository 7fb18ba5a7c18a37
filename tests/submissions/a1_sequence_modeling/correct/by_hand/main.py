"""Everything spelled out, weights sliced by hand."""

class GRUTranslation:
    def __init__(self, input_size, hidden_size, num_classes, num_layers=1, bidirectional=False,
                 batch_first=True):
        super().__init__()
        self.gru = nn.GRU(input_size, hidden_size, num_layers, batch_first=batch_first,
                          bidirectional=bidirectional)
        self.output = nn.Linear(hidden_size * (2 if bidirectional else 1), num_classes)

    def forward(self, inputs):
        states, _ = self.gru(inputs)
        return torch.stack([self.output(step) for step in states.unbind(1)], dim=1)


class PatchEmbed:
    def __init__(self, in_channels, embed_dim):
        super().__init__()
        self.norm = nn.LayerNorm(embed_dim)
        self.proj = nn.Sequential(nn.Conv2d(in_channels, embed_dim, 2, 2), nn.Flatten(2))

    def forward(self, images):
        x = self.proj(images)
        return self.norm(x.permute(0, 2, 1))


def confusion_matrix(predictions, labels, num_classes):
    matrix = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for predicted, true in zip(predictions.tolist(), labels.tolist()):
        matrix[true, predicted] += 1
    return matrix


def evaluate(model, loader):
    mode = model.training
    model.eval()
    right = total = 0
    guesses, truth = [], []
    with torch.no_grad():
        for images, labels in loader:
            logits = model(images)
            best = logits.argmax(-1)
            right += (best == labels).sum().item()
            total += len(labels)
            guesses += best.tolist()
            truth += labels.tolist()
    if mode:
        model.train()
    return right / total, confusion_matrix(torch.tensor(guesses), torch.tensor(truth), logits.shape[-1])


class GRUImageClassifier:
    def __init__(self, embed_dim=64, hidden_size=128, num_classes=10, num_layers=1,
                 bidirectional=False, in_channels=3):
        super().__init__()
        self.patch_embed = PatchEmbed(in_channels, embed_dim)
        self.gru = nn.GRU(embed_dim, hidden_size, num_layers, batch_first=True, bidirectional=bidirectional)
        self.output = nn.Linear(hidden_size * (1 + bidirectional), num_classes)

    def forward(self, images):
        states, _ = self.gru(self.patch_embed(images))
        H = self.gru.hidden_size
        forward = states[:, -1, :H]
        if not self.gru.bidirectional:
            return self.output(forward)
        return self.output(torch.cat([forward, states[:, 0, H:]], dim=1))


def is_permutation_equivariant(layer, x, shuffle):
    mode = layer.training
    work = copy.deepcopy(layer).to(torch.float64)
    work.eval()
    x = x.detach().to(torch.float64)
    with torch.no_grad():
        plain = work(x)
        reorder = torch.argsort(shuffle)
        back = work(x[:, shuffle])[:, reorder]
    layer.train(mode)
    return bool(torch.allclose(plain, back))


def transformer_and_gru(x, shuffle):
    transformer = nn.TransformerEncoderLayer(x.shape[2], 4, batch_first=True)
    gru = GRULayer(x.shape[2])
    return tuple(is_permutation_equivariant(layer, x, shuffle) for layer in (transformer, gru))


def self_attention(x, query, key, value):
    q, k, v = query(x), key(x), value(x)
    B, T, d = k.shape
    scores = torch.stack([
        torch.stack([(q[:, i] * k[:, j]).sum(-1) for j in range(T)], dim=-1) for i in range(T)
    ], dim=1) / d ** 0.5
    scores = scores - scores.max(dim=-1, keepdim=True).values
    weights = scores.exp()
    weights = weights / weights.sum(dim=-1, keepdim=True)
    return torch.bmm(weights, v)


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
        tokens = self.patch_embed(images)
        B = tokens.shape[0]
        cls = self.cls_token.repeat(B, 1, 1)
        tokens = torch.cat((cls, tokens), 1)
        tokens = tokens + self.pos_embed
        for layer in self.encoder.layers:
            tokens = layer(tokens)
        return self.head(self.norm(tokens[:, 0]))
