"""Everything from sums, products and exponentials; attention is inlined and calls no helper."""


class LayerNorm:
    def forward(self, inputs):
        n = inputs.shape[-1]
        mu = inputs.sum(-1, keepdim=True) / n
        diff = inputs - mu
        sigma2 = (diff * diff).sum(-1, keepdim=True) / n
        return diff / (sigma2 + self.eps) ** 0.5 * self.weight + self.bias


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        dim = head_size * num_heads
        self.linears = nn.ModuleList(nn.Linear(dim, dim) for _ in range(4))

    def split_heads(self, tensor):
        # one index table for the features: row h holds the columns of head h
        columns = torch.arange(tensor.shape[-1]).reshape(self.num_heads, -1)
        return tensor[:, :, columns].transpose(1, 2)

    def merge_heads(self, tensor):
        B, H, T, D = tensor.shape
        out = tensor.new_zeros(B, T, H * D)
        for h in range(H):
            out[:, :, h * D : (h + 1) * D] = tensor[:, h]
        return out

    def get_attention_weights(self, queries, keys):
        products = queries[:, :, :, None, :] * keys[:, :, None, :, :]  # (B, H, T, T, D)
        scores = products.sum(-1) / self.head_size**0.5
        largest = scores.amax(-1, keepdim=True).detach()
        exps = (scores - largest).exp()
        return exps / exps.sum(-1, keepdim=True)

    def apply_attention(self, queries, keys, values):
        A = self.get_attention_weights(queries, keys)
        mixed = (A[..., None] * values[:, :, None]).sum(3)  # (B, H, T, D)
        return self.merge_heads(mixed)

    def forward(self, hidden_states):
        x = hidden_states
        B, T, dim = x.shape
        parts = []
        for linear in self.linears[:3]:
            parts.append(linear(x).view(B, T, self.num_heads, self.head_size))
        q, k, v = parts  # (B, T, H, D)
        mixed = torch.zeros_like(q)
        for h in range(self.num_heads):
            s = q[:, :, h] @ k[:, :, h].transpose(1, 2) / self.head_size**0.5
            e = torch.exp(s - s.amax(-1, keepdim=True))
            mixed[:, :, h] = e @ v[:, :, h] / e.sum(-1, keepdim=True)
        return self.linears[3](mixed.view(B, T, dim))


class PreNormAttentionBlock:
    def forward(self, inputs):
        a = self.layer_norm_1(inputs)
        b = inputs + self.attn(a)
        c = self.layer_norm_2(b)
        return b + self.linear(c)


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        B, C, H, W = image.shape
        rows, cols = H // patch_size, W // patch_size
        out = image.new_zeros((B, rows * cols, C, patch_size, patch_size))
        n = 0
        for i in range(rows):
            for j in range(cols):
                for y in range(patch_size):
                    for x in range(patch_size):
                        out[:, n, :, y, x] = image[:, :, i * patch_size + y, j * patch_size + x]
                n += 1
        if flatten_channels:
            return out.reshape(B, rows * cols, C * patch_size * patch_size)
        return out

    def forward(self, image):
        patches = self.get_patches(image, self.patch_size)
        B, N, _ = patches.shape
        tokens = self.input_layer(patches)
        x = tokens.new_zeros(B, N + 1, tokens.shape[2])
        x[:, 0] = self.cls_token[0, 0]
        x[:, 1:] = tokens
        x = self.dropout(x + self.pos_embedding)
        for layer in self.layers:
            x = layer(x)
        return self.classifier(x[:, 0])

    def loss(self, preds, labels):
        shifted = preds - preds.amax(1, keepdim=True)
        log_p = shifted - shifted.exp().sum(1, keepdim=True).log()
        total = 0.0
        for i in range(preds.shape[0]):
            total = total - log_p[i, labels[i]]
        return total / preds.shape[0]
