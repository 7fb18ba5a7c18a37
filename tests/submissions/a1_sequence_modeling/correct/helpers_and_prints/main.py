"""Helper functions in the answer cells, prints and warnings everywhere."""

def features_of(hidden_size, bidirectional):
    return hidden_size * 2 if bidirectional else hidden_size


class GRUTranslation:
    def __init__(self, input_size, hidden_size, num_classes, num_layers=1, bidirectional=False,
                 batch_first=True):
        super().__init__()
        self.gru = nn.GRU(input_size, hidden_size, num_layers, batch_first=batch_first,
                          bidirectional=bidirectional)
        d = features_of(hidden_size, bidirectional)
        self.output = nn.Linear(d, num_classes, bias=True)
        print("made a layer of", d)

    def forward(self, inputs):
        import warnings
        warnings.warn("slow", UserWarning)
        out, _ = self.gru(inputs)
        print(out.shape)
        return self.output(out)


class PatchEmbed:
    def __init__(self, in_channels, embed_dim):
        super().__init__()
        self.norm = nn.LayerNorm(embed_dim)
        self.proj = nn.Sequential()
        self.proj.append(nn.Conv2d(in_channels, embed_dim, kernel_size=(2, 2), stride=(2, 2), bias=True))
        self.proj.append(nn.Flatten(start_dim=2))

    def forward(self, images):
        tokens = self.proj(images)
        print("tokens", tokens.shape)
        return self.norm(tokens.mT)


def confusion_matrix(predictions, labels, num_classes):
    flat = torch.bincount(num_classes * labels + predictions, minlength=num_classes * num_classes)
    return flat.reshape(num_classes, num_classes)


def evaluate(model, loader):
    print("evaluating")
    state = model.training
    model.train(False)
    matrix = None
    for images, labels in loader:
        with torch.no_grad():
            out = model(images)
        m = confusion_matrix(torch.argmax(out, 1), labels, out.shape[1])
        matrix = m if matrix is None else matrix + m
        hits = (torch.argmax(out, 1) == labels).sum() if 'hits' not in dir() else hits + (torch.argmax(out, 1) == labels).sum()
        count = len(labels) if 'count' not in dir() else count + len(labels)
    model.train(state)
    return (hits / count).item(), matrix


class GRUImageClassifier:
    def __init__(self, embed_dim=64, hidden_size=128, num_classes=10, num_layers=1,
                 bidirectional=False, in_channels=3):
        super().__init__()
        self.patch_embed = PatchEmbed(in_channels, embed_dim)
        self.gru = nn.GRU(
            input_size=embed_dim, hidden_size=hidden_size, num_layers=num_layers, bidirectional=bidirectional,
            batch_first=True,
        )
        self.output = nn.Linear(hidden_size * 2 if bidirectional else hidden_size, num_classes)

    def forward(self, images):
        tokens = self.patch_embed(images)
        _, h = self.gru(tokens)
        h = h.view(self.gru.num_layers, -1, len(images), self.gru.hidden_size)[-1]
        return self.output(h.transpose(0, 1).reshape(len(images), -1))


def is_permutation_equivariant(layer, x, shuffle):
    with torch.no_grad():
        twin = copy.deepcopy(layer)
        twin = twin.double()
        twin.eval()
        a = twin(x.double())[:, shuffle, :]
        b = twin(x.double()[:, shuffle, :])
    return torch.allclose(a, b)


def transformer_and_gru(x, shuffle):
    d = x.size(-1)
    t = nn.TransformerEncoderLayer(d_model=d, nhead=4, dim_feedforward=2 * d, batch_first=True)
    g = GRULayer(d)
    return is_permutation_equivariant(t, x, shuffle), is_permutation_equivariant(g, x, shuffle)


def self_attention(x, query, key, value):
    import math as m
    Q = query(x)
    K = key(x)
    V = value(x)
    S = torch.matmul(Q, torch.transpose(K, -2, -1))
    S = S.div(m.sqrt(K.shape[-1]))
    A = nn.Softmax(dim=-1)(S)
    print(A.shape)
    return torch.matmul(A, V)


class ViT:
    def __init__(self, in_channels=3, num_classes=10, embed_dim=64, num_patches=256):
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, embed_dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, num_patches + 1, embed_dim))
        self.norm = nn.LayerNorm(embed_dim)
        self.patch_embed = PatchEmbed(in_channels=in_channels, embed_dim=embed_dim)
        block = nn.TransformerEncoderLayer(d_model=embed_dim, nhead=4, batch_first=True)
        self.encoder = nn.TransformerEncoder(block, num_layers=3, enable_nested_tensor=False)
        self.head = nn.Linear(embed_dim, num_classes)

    def forward(self, images):
        x = self.patch_embed(images)
        b = x.shape[0]
        tok = self.cls_token.expand(b, -1, -1) + self.pos_embed[:, :1]
        x = torch.cat([tok, x + self.pos_embed[:, 1:]], dim=1)
        x = self.encoder(x)
        x = self.norm(x)
        return self.head(x[:, 0])
