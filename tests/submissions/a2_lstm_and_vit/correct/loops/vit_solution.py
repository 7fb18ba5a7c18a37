"""Plain Python loops: over the batch, over the heads, over the patches."""


class LayerNorm:
    def forward(self, inputs):
        rows = []
        for row in inputs.reshape(-1, inputs.size(-1)):
            mean = row.sum() / len(row)
            var = ((row - mean) ** 2).sum() / len(row)
            rows.append((row - mean) / torch.sqrt(var + self.eps) * self.weight + self.bias)
        return torch.stack(rows).reshape(inputs.shape)


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        hidden = num_heads * head_size
        self.query_heads = nn.ModuleList()
        self.key_heads = nn.ModuleList()
        self.value_heads = nn.ModuleList()
        for _ in range(num_heads):
            self.query_heads.append(nn.Linear(hidden, head_size))
            self.key_heads.append(nn.Linear(hidden, head_size))
            self.value_heads.append(nn.Linear(hidden, head_size))
        self.last = nn.Linear(hidden, hidden)

    def split_heads(self, tensor):
        size = tensor.size(2) // self.num_heads
        heads = []
        for i in range(self.num_heads):
            heads.append(tensor[:, :, i * size : (i + 1) * size])
        return torch.stack(heads, dim=1)

    def merge_heads(self, tensor):
        heads = []
        for i in range(tensor.size(1)):
            heads.append(tensor[:, i])
        return torch.cat(heads, dim=2)

    def get_attention_weights(self, queries, keys):
        batch = []
        for b in range(queries.size(0)):
            heads = []
            for h in range(queries.size(1)):
                scores = torch.mm(queries[b, h], keys[b, h].t())
                heads.append(torch.softmax(scores / math.sqrt(self.head_size), dim=1))
            batch.append(torch.stack(heads))
        return torch.stack(batch)

    def apply_attention(self, queries, keys, values):
        attention = self.get_attention_weights(queries, keys)
        heads = []
        for h in range(values.size(1)):
            heads.append(torch.bmm(attention[:, h], values[:, h]))
        return torch.cat(heads, dim=-1)

    def forward(self, hidden_states):
        q = torch.stack([head(hidden_states) for head in self.query_heads], dim=1)
        k = torch.stack([head(hidden_states) for head in self.key_heads], dim=1)
        v = torch.stack([head(hidden_states) for head in self.value_heads], dim=1)
        return self.last(self.apply_attention(q, k, v))


class PreNormAttentionBlock:
    def forward(self, inputs):
        for norm, sublayer in ((self.layer_norm_1, self.attn), (self.layer_norm_2, self.linear)):
            inputs = inputs + sublayer(norm(inputs))
        return inputs


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        patches = []
        for top in range(0, image.shape[2], patch_size):
            for left in range(0, image.shape[3], patch_size):
                patch = image[:, :, top : top + patch_size, left : left + patch_size]
                if flatten_channels:
                    patch = patch.reshape(len(image), -1)
                patches.append(patch)
        return torch.stack(patches, dim=1)

    def forward(self, image):
        patches = self.get_patches(image, self.patch_size)
        sequences = []
        for one in patches:
            tokens = torch.cat([self.cls_token[0], self.input_layer(one)])
            sequences.append(tokens + self.pos_embedding[0])
        x = self.dropout(torch.stack(sequences))
        for i in range(len(self.layers)):
            x = self.layers[i](x)
        return self.classifier(x[:, 0, :])

    def loss(self, preds, labels):
        total = 0
        for scores, label in zip(preds, labels):
            total = total + torch.logsumexp(scores, dim=0) - scores[label]
        return total / len(preds)
