"""The formulas of the hand-out letter by letter: Q = X W_Q + b_Q, raw matrices, no Linear."""


def softmax(x):
    """Softmax over the last axis, safe for large numbers."""
    e = torch.exp(x - x.max(dim=-1, keepdim=True).values)
    return e / e.sum(dim=-1, keepdim=True)


class LayerNorm:
    def forward(self, inputs):
        E = torch.mean(inputs, dim=-1, keepdim=True)
        Var = torch.mean(torch.square(inputs - E), dim=-1, keepdim=True)
        return (inputs - E) / torch.sqrt(Var + self.eps) * self.weight + self.bias


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        n = head_size * num_heads
        bound = 1 / math.sqrt(n)
        for name in "QKVO":
            matrix = torch.empty(n, n).uniform_(-bound, bound)
            self.register_parameter(f"W_{name}", nn.Parameter(matrix))
            self.register_parameter(f"b_{name}", nn.Parameter(torch.zeros(n)))

    def split_heads(self, tensor):
        B, T, n = tensor.shape
        d = n // self.num_heads
        return tensor.reshape(B, T, self.num_heads, d).permute(0, 2, 1, 3)

    def merge_heads(self, tensor):
        B, m, T, d = tensor.shape
        return tensor.permute(0, 2, 1, 3).reshape(B, T, m * d)

    def get_attention_weights(self, queries, keys):
        return softmax(torch.matmul(queries, keys.permute(0, 1, 3, 2)) / math.sqrt(self.head_size))

    def apply_attention(self, queries, keys, values):
        A = self.get_attention_weights(queries, keys)
        h = torch.matmul(A, values)
        return self.merge_heads(h)

    def forward(self, hidden_states):
        X = hidden_states
        Q = X @ self.W_Q + self.b_Q
        K = X @ self.W_K + self.b_K
        V = X @ self.W_V + self.b_V
        H = self.apply_attention(self.split_heads(Q), self.split_heads(K), self.split_heads(V))
        return H @ self.W_O + self.b_O


class PreNormAttentionBlock:
    def forward(self, inputs):
        Z = self.attn(self.layer_norm_1(inputs)) + inputs
        return self.linear(self.layer_norm_2(Z)) + Z


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        # A convolution whose filters are the unit vectors copies a patch out unchanged.
        C = image.shape[1]
        n = C * patch_size**2
        filters = torch.eye(n, dtype=image.dtype, device=image.device)
        filters = filters.reshape(n, C, patch_size, patch_size)
        P = F.conv2d(image, filters, stride=patch_size).flatten(2).permute(0, 2, 1)
        return P if flatten_channels else P.reshape(*P.shape[:2], C, patch_size, patch_size)

    def forward(self, image):
        X = self.input_layer(self.get_patches(image, self.patch_size))
        start = self.cls_token + torch.zeros_like(X[:, :1])
        X = self.dropout(torch.cat((start, X), 1) + self.pos_embedding)
        for layer in self.layers:
            X = layer(X)
        return self.classifier(X[:, 0])

    def loss(self, preds, labels):
        log_p = preds - torch.logsumexp(preds, dim=1, keepdim=True)
        return -log_p[torch.arange(len(labels)), labels].mean()
